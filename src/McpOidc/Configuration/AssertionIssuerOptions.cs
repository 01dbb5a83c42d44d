using System.ComponentModel;
using System.Globalization;

namespace McpOidc.Configuration;

/// <summary>
/// A trusted issuer of identity assertions (ID-JAG), the users that it identifies, and the clients that may present its assertions.
/// Section <c>McpOidc:IdentityAssertion:Issuers:{n}</c>, which may be just the issuer.
/// </summary>
[TypeConverter(typeof(FromIssuer))]
public sealed class AssertionIssuerOptions
{
    /// <summary>
    /// The issuer, exactly as in its assertions. Its keys are found by OpenID Connect Discovery. https, or http on loopback. Required.
    /// </summary>
    public string Issuer { get; set; } = "";

    /// <summary>
    /// The identity provider whose users the assertions identify, by its name below <c>McpOidc:IdentityProvider:Providers</c>, or
    /// <c>default</c> for <c>McpOidc:IdentityProvider</c>. Default: none, which means the users of the issuer itself.
    /// </summary>
    public string? Provider { get; set; }

    /// <summary>How assertions identify a user of <see cref="Provider"/>. Default: <see cref="AssertedPersonBy.Subject"/>.</summary>
    public AssertedPersonBy PersonBy { get; set; }

    /// <summary>The e-mail domains for which the issuer is trusted, if <see cref="PersonBy"/> is the e-mail address. Default:
    /// none.</summary>
    public IList<string> EmailDomains { get; } = [];

    /// <summary>
    /// The domains, including subdomains, whose clients with a metadata document may present assertions of this issuer; those without a
    /// key only with DPoP. Default: none, which allows only clients in <c>McpOidc:Clients</c>.
    /// </summary>
    public IList<string> ClientDomains { get; } = [];

    /// <summary>The scopes that clients of <see cref="ClientDomains"/> may get with assertions of this issuer. Default: none.</summary>
    public IList<string> Scopes { get; } = [];

    // In configuration, an issuer alone is a plain value.
    private sealed class FromIssuer : TypeConverter
    {
        public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

        public override object ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
            new AssertionIssuerOptions { Issuer = (string)value };
    }
}

/// <summary>How an assertion identifies a user of an identity provider.</summary>
public enum AssertedPersonBy
{
    /// <summary>By the user's <c>sub</c> at the provider.</summary>
    Subject,

    /// <summary>By an e-mail address that both the assertion and the provider report as verified.</summary>
    Email,
}

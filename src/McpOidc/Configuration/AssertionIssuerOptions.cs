using System.ComponentModel;
using System.Globalization;

namespace McpOidc.Configuration;

/// <summary>
/// An issuer of identity assertions (ID-JAG) that is believed, who the people are that it names, and which clients may come with what it
/// says. Section <c>McpOidc:IdentityAssertion:Issuers:{n}</c>, which may be the issuer alone.
/// </summary>
[TypeConverter(typeof(FromIssuer))]
public sealed class AssertionIssuerOptions
{
    /// <summary>
    /// The issuer, character by character as its assertions name it. Its keys are found by OpenID Connect Discovery. https, or http on
    /// loopback. Required.
    /// </summary>
    public string Issuer { get; set; } = "";

    /// <summary>
    /// The identity provider whose people the assertions are about, by its name below <c>McpOidc:IdentityProvider:Providers</c>, or
    /// <c>default</c> for the one of <c>McpOidc:IdentityProvider</c>. Default: none; people are those who sign in at the issuer itself.
    /// </summary>
    public string? Provider { get; set; }

    /// <summary>By what a person of <see cref="Provider"/> is named. Default: <see cref="AssertedPersonBy.Subject"/>.</summary>
    public AssertedPersonBy PersonBy { get; set; }

    /// <summary>The domains of e-mail addresses that the issuer may speak of, where <see cref="PersonBy"/> is the e-mail address. Default:
    /// none.</summary>
    public IList<string> EmailDomains { get; } = [];

    /// <summary>
    /// The domains, each with its subdomains, whose clients with a metadata document may use assertions of this issuer; those without a
    /// key of their own by DPoP only. Default: none; only clients of <c>McpOidc:Clients</c> may.
    /// </summary>
    public IList<string> ClientDomains { get; } = [];

    /// <summary>The scopes that clients of <see cref="ClientDomains"/> may have by assertions of this issuer. Default: none.</summary>
    public IList<string> Scopes { get; } = [];

    // An issuer alone is a plain value of the configuration.
    private sealed class FromIssuer : TypeConverter
    {
        public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

        public override object ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
            new AssertionIssuerOptions { Issuer = (string)value };
    }
}

/// <summary>By what an assertion names a person of an identity provider.</summary>
public enum AssertedPersonBy
{
    /// <summary>By the person's <c>sub</c> at the provider.</summary>
    Subject,

    /// <summary>By an e-mail address that assertion and provider both call verified.</summary>
    Email,
}

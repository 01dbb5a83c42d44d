using System.Text;
using CsCheck;
using McpOidc.Configuration;
using McpOidc.Registration;
using McpOidc.Registration.Stateless;
using McpOidc.Storage;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Registration.Stateless;

/// <summary>What a stateless client id contains (RFC 7591 appendix A.5.2), and that no one else can forge one.</summary>
public sealed class StatelessClientIdTests
{
    private const string Key = "a-registration-key-of-at-least-thirty-two-characters";
    private const string Other = "another-registration-key-of-thirty-two-characters";

    private static readonly Gen<string> s_text = Gen.OneOf(
        Gen.String[Gen.Char['\0', '\ud7ff'], 0, 12],
        Gen.String[Gen.Char[' ', '~'], 0, 20],
        Gen.OneOf("Claude Code", "MCP Inspector", "日本語のクライアント", "\u0001\u007f\u0080", "", "é", "😀 client")
    );

    private static readonly Gen<string> s_uri = Gen.Select(
            Gen.OneOf("http://127.0.0.1", "http://localhost:3000", "https://app.example", "cursor://host", "http://[::1]"),
            Gen.String[Gen.Char['!', '~'], 0, 20]
        )
        .Select((place, rest) => $"{place}/{rest}");

    private static readonly Gen<ClientMetadata> s_metadata = Gen.Select(
            Gen.Select(s_uri.Array[1, 3], s_uri.Array[0, 2].Null(), s_text.Array[0, 2].Null()),
            Gen.Select(s_text.Null(), s_uri.Null(), s_uri.Null(), s_uri.Null(), s_text.Null(), s_text.Null()),
            Gen.OneOf("none", "client_secret_basic", "client_secret_post"),
            Gen.OneOf<string[]>(["authorization_code", "refresh_token"], ["authorization_code"], ["refresh_token", "authorization_code"]),
            Gen.OneOf("web", "native"),
            Gen.Select(Gen.Bool, Gen.Bool, Gen.OneOf("ES256", "").Null())
        )
        .Select(
            (lists, texts, method, grants, type, asked) =>
                new ClientMetadata
                {
                    RedirectUris = lists.Item1,
                    PostLogoutRedirectUris = lists.Item2,
                    Contacts = lists.Item3,
                    ClientName = texts.Item1,
                    ClientUri = texts.Item2,
                    TosUri = texts.Item3,
                    PolicyUri = texts.Item4,
                    SoftwareId = texts.Item5,
                    SoftwareVersion = texts.Item6,
                    TokenEndpointAuthMethod = method,
                    GrantTypes = grants,
                    ResponseTypes = ["code"],
                    ApplicationType = type,
                    DPoPBoundAccessTokens = asked.Item1 ? true : null,
                    RequirePushedAuthorizationRequests = asked.Item2 ? true : null,
                    IdTokenSignedResponseAlg = asked.Item3,
                }
        );

    [Fact]
    public void Metadata_written_into_an_id_round_trips() =>
        s_metadata.Sample(metadata =>
        {
            var ids = Ids(Key);
            if (ids.Create(metadata) is not { } made)
            {
                return;
            }

            Assert.True(made.Client.ClientId.Length <= 255);
            Assert.True(StatelessFormat.MayBe(made.Client.ClientId));
            var read = Ids(Key).Read(made.Client.ClientId)!.Client;
            Assert.Equal(metadata.Hash(), read.Metadata.Hash());
            Assert.Equal(made.Client.MetadataHash, read.MetadataHash);
            Assert.Equal((made.Client.CreatedAt, made.Client.SecretHash), (read.CreatedAt, read.SecretHash));
            Assert.Equal(made.Client.RegistrationTokenHash, read.RegistrationTokenHash);
        });

    [Fact]
    public void An_id_changed_at_any_position_is_invalid() =>
        Gen.Select(s_metadata, Gen.Int[0, 254], Gen.OneOf([.. "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. \n"]))
            .Sample(
                (metadata, at, character) =>
                {
                    if (Ids(Key).Create(metadata)?.Client.ClientId is not { } id || at >= id.Length || id[at] == character)
                    {
                        return;
                    }

                    var changed = new StringBuilder(id) { [at] = character }.ToString();
                    Assert.Null(Ids(Key).Read(changed));
                    Assert.Null(Ids(Key).Read(id[..at]));
                    Assert.Null(Ids(Key).Read(id + character));
                    Assert.Null(Ids(Key).Read(character + id));
                    Assert.Null(Ids(Key).Read(id[at..] + id[..at] is var swapped && swapped != id ? swapped : ""));
                }
            );

    [Fact]
    public void An_id_from_another_issuer_or_key_is_invalid_and_one_from_a_retired_key_is_not_accepted()
    {
        var made = Ids(Key).Create(Client("https://app.example/cb"))!;

        Assert.NotNull(Ids(Key).Read(made.Client.ClientId));
        Assert.Null(Ids(Key, issuer: "https://other.example").Read(made.Client.ClientId));
        Assert.Null(Ids(Other).Read(made.Client.ClientId));
        Assert.True(Ids(Other, Key).Read(made.Client.ClientId)!.IsAccepted);
        Assert.False(Ids(Other, retired: Key).Read(made.Client.ClientId)!.IsAccepted);
    }

    [Fact]
    public void Two_installations_with_the_same_registration_are_two_clients()
    {
        var ids = Ids(Key);
        Assert.Equal(
            50,
            Enumerable.Range(0, 50).Select(_ => ids.Create(Client("http://127.0.0.1/cb"))!.Client.ClientId).Distinct().Count()
        );
    }

    [Fact]
    public void Id_secret_and_management_token_reveal_nothing_about_each_other()
    {
        var made = Ids(Key).Create(Client("https://app.example/cb") with { TokenEndpointAuthMethod = "client_secret_basic" })!;

        Assert.NotEqual(made.Secret, made.RegistrationToken);
        Assert.DoesNotContain(made.Secret!, made.Client.ClientId, StringComparison.Ordinal);
        Assert.Equal([43, 43], new[] { made.Secret!.Length, made.RegistrationToken!.Length });
    }

    [Fact]
    public void A_registration_that_does_not_fit_or_has_keys_is_not_written_into_an_id()
    {
        var ids = Ids(Key);

        Assert.Null(ids.Create(Client("https://app.example/" + new string('x', 200))));
        Assert.Null(ids.Create(Client("https://app.example/cb") with { ClientName = "\ud800" }));
        Assert.Null(ids.Create(Client("https://app.example/cb") with { TokenEndpointAuthMethod = "private_key_jwt" }));
        Assert.Null(ids.Create(Client("https://app.example/cb") with { JwksUri = "https://app.example/keys" }));
        Assert.Null(ids.Create(Client("https://app.example/cb") with { GrantTypes = ["authorization_code", "something_else"] }));
    }

    // Issued ids must stay readable forever: changing the format breaks every client.
    [Theory]
    [MemberData(nameof(Handed))]
    public void An_id_from_an_earlier_version_keeps_its_meaning(string id, string name, string redirectUri)
    {
        var read = Ids(Key).Read(id)!.Client;

        Assert.Equal((name, redirectUri), (read.Metadata.ClientName!, read.Metadata.RedirectUris![0]));
    }

    public static TheoryData<string, string, string> Handed =>
        new()
        {
            { "AfR-DDKTdRQrzFbiIvEAqGxrDFVNvG2PbiL6BcwEAbkBuwG8Ar4", "Cursor", "cursor://anysphere.cursor-mcp/oauth/callback" },
            {
                "AXVtfd2wxtjtBV0xN-jYK-ZrDFVNjVF8cnZSvDcEAYE6MzMzNIUC0QPTCjJlNmRjMjgwLWYzYzMtNGUwMS05OWE3LTgxODFkYmQxZDIzZAswLjEuMzg",
                "MCP CLI Proxy",
                "http://localhost:3334/oauth/callback"
            },
            {
                "AaMsyspKiFjzPHWRm9IkW-NrDFVNqUbJmJeHZ3UEAcABwQGBLwGCLwGBOjMzNDE4LwHCAsQgLSBJbnNpZGVycwPD",
                "Visual Studio Code - Insiders",
                "https://insiders.vscode.dev/redirect"
            },
            { "AZSWcbQ83nsQadnCcjtOMlVrDFVN1nCLmAKk8BMEAYI6NDEyMzWEAnKY", "rmcp", "http://127.0.0.1:41235/callback" },
        };

    internal static ClientMetadata Client(params string[] redirectUris) =>
        new()
        {
            RedirectUris = redirectUris,
            TokenEndpointAuthMethod = "none",
            GrantTypes = ["authorization_code", "refresh_token"],
            ResponseTypes = ["code"],
            ClientName = "Test client",
            ApplicationType = "native",
        };

    internal static StatelessClientIds Ids(
        string key,
        string? accepted = null,
        string? retired = null,
        string issuer = "https://auth.example"
    ) => new(Keys([key, .. accepted is null ? Array.Empty<string>() : [accepted]], retired), new Issuer(issuer), TimeProvider.System);

    private static RegistrationKeys Keys(string[] accepted, string? retired)
    {
        var options = new RegistrationOptions();
        foreach (var key in accepted)
        {
            options.Keys.Add(key);
        }

        if (retired is not null)
        {
            options.RetiredKeys.Add(retired);
        }

        return new RegistrationKeys(
            Options.Create(new McpOidcOptions()),
            Options.Create(options),
            Options.Create(new SqliteStoreOptions()),
            new HostingEnvironment(),
            NullLogger<RegistrationKeys>.Instance
        );
    }
}

using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace McpOidc.Registration.Stateless;

/// <summary>
/// The bytes of a stateless client id (RFC 7591 appendix A.5.2): version, MAC, time, random part, one byte of flags, and texts, each after
/// a byte with its kind. It does not write registrations with unknown or too long members at all.
/// </summary>
internal static class StatelessFormat
{
    public const byte Version = 1;
    public const int MacSize = 16;

    /// <summary>The limit of database columns in which clients store the id.</summary>
    public const int MaximumLength = 255;

    private const int RandomSize = 8;
    private const int TextsAt = sizeof(uint) + RandomSize + 1;
    private const int MinimumLength = (1 + MacSize + TextsAt) * 4 / 3;
    private const int AuthMethodBits = 0b11;
    private const int NativeBit = 0b100;
    private const int GrantsShift = 3;
    private const int GrantsBits = 0b11;

    // A reader that does not know these rejects the id, and so never ignores them.
    private const int DPoPBit = 0b10_0000;
    private const int PushedBit = 0b100_0000;

    // Last, in the order in which VS Code registers it. A process of the previous version cannot read an id with it.
    private const int DeviceBit = 0b1000_0000;

    private static readonly string[] s_authMethods = ["none", "client_secret_basic", "client_secret_post"];

    // The only ones that registration allows; the order is the client's.
    private static readonly string[][] s_grantTypes =
    [
        ["authorization_code", "refresh_token"],
        ["authorization_code"],
        ["refresh_token", "authorization_code"],
        // mcp-remote, which requests no code.
        [StaticClients.DeviceCode, StaticClients.RefreshToken],
    ];

    private enum Member : byte
    {
        RedirectUri = 1,
        ClientName,
        ClientUri,
        TosUri,
        PolicyUri,
        PostLogoutRedirectUri,
        NoPostLogoutRedirectUris,
        Contact,
        NoContacts,
        SoftwareId,
        SoftwareVersion,
        IdTokenSignedResponseAlg,
    }

    /// <summary>Whether a client id has the form of a stateless one; the MAC decides whether it is valid.</summary>
    public static bool MayBe(string clientId) =>
        clientId.Length is >= MinimumLength and <= MaximumLength
        // The first byte is the version.
        && clientId[0] == 'A'
        && clientId[1] is (>= 'Q' and <= 'Z') or (>= 'a' and <= 'f')
        && !clientId.AsSpan().ContainsAnyExcept(s_alphabet);

    private static readonly System.Buffers.SearchValues<char> s_alphabet = System.Buffers.SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );

    /// <summary>The stored part of a registration: without logo and scope, which are unused hints.</summary>
    public static ClientMetadata Keep(ClientMetadata metadata) => metadata with { LogoUri = null, Scope = null };

    /// <summary>The bytes after the MAC.</summary>
    /// <returns><see langword="null"/> if the format does not support the registration.</returns>
    public static byte[]? Write(ClientMetadata metadata, DateTimeOffset createdAt, ReadOnlySpan<byte> random)
    {
        if (FlagsOf(metadata) is not { } flags)
        {
            return null;
        }

        var body = new List<byte>(160);
        Span<byte> time = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(time, (uint)createdAt.ToUnixTimeSeconds());
        body.AddRange(time);
        body.AddRange(random[..RandomSize]);
        body.Add(flags);
        try
        {
            WriteTexts(body, metadata);
        }
        catch (EncoderFallbackException)
        {
            // A lone surrogate, which has no bytes.
            return null;
        }

        // The reader decides: a registration that does not round-trip is not written (RFC 7591 §3.2.1).
        var bytes = body.ToArray();
        return
            Base64Url.GetEncodedLength(1 + MacSize + bytes.Length) <= MaximumLength
            && Read(bytes) is { } read
            && read.Metadata.Hash() == metadata.Hash()
            ? bytes
            : null;
    }

    /// <summary>Reads the output of <see cref="Write"/>, after its MAC was verified.</summary>
    public static (ClientMetadata Metadata, DateTimeOffset CreatedAt)? Read(ReadOnlySpan<byte> body)
    {
        if (body.Length < TextsAt)
        {
            return null;
        }

        var flags = body[TextsAt - 1];
        var (method, grants) = (flags & AuthMethodBits, flags >> GrantsShift & GrantsBits);
        if (method >= s_authMethods.Length || grants >= s_grantTypes.Length || ReadTexts(body[TextsAt..]) is not { } texts)
        {
            return null;
        }

        var metadata = new ClientMetadata
        {
            RedirectUris = Texts(Member.RedirectUri) ?? [],
            TokenEndpointAuthMethod = s_authMethods[method],
            GrantTypes = (flags & DeviceBit) == 0 ? s_grantTypes[grants] : [.. s_grantTypes[grants], StaticClients.DeviceCode],
            ResponseTypes = ["code"],
            ClientName = Text(Member.ClientName),
            ClientUri = Text(Member.ClientUri),
            TosUri = Text(Member.TosUri),
            PolicyUri = Text(Member.PolicyUri),
            ApplicationType = (flags & NativeBit) != 0 ? "native" : "web",
            PostLogoutRedirectUris = Texts(Member.PostLogoutRedirectUri) ?? Empty(Member.NoPostLogoutRedirectUris),
            Contacts = Texts(Member.Contact) ?? Empty(Member.NoContacts),
            SoftwareId = Text(Member.SoftwareId),
            SoftwareVersion = Text(Member.SoftwareVersion),
            IdTokenSignedResponseAlg = Text(Member.IdTokenSignedResponseAlg),
            DPoPBoundAccessTokens = (flags & DPoPBit) != 0 ? true : null,
            RequirePushedAuthorizationRequests = (flags & PushedBit) != 0 ? true : null,
        };
        return (metadata, DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(body)));

        string[]? Texts(Member member) => texts.TryGetValue(member, out var found) ? [.. found] : null;
        string? Text(Member member) => Texts(member)?[0];
        string[]? Empty(Member member) => texts.ContainsKey(member) ? [] : null;
    }

    private static byte? FlagsOf(ClientMetadata metadata)
    {
        var method = Array.IndexOf(s_authMethods, metadata.TokenEndpointAuthMethod);
        var isLastDevice = metadata.GrantTypes is [.., StaticClients.DeviceCode];
        var others = isLastDevice ? metadata.GrantTypes![..^1] : metadata.GrantTypes ?? [];
        var grants = Array.FindIndex(s_grantTypes, known => known.SequenceEqual(others));
        return method < 0 || grants < 0
            ? null
            : (byte)(
                method
                | (metadata.ApplicationType == "native" ? NativeBit : 0)
                | (grants << GrantsShift)
                | (isLastDevice ? DeviceBit : 0)
                | (metadata.DPoPBoundAccessTokens is true ? DPoPBit : 0)
                | (metadata.RequirePushedAuthorizationRequests is true ? PushedBit : 0)
            );
    }

    private static void WriteTexts(List<byte> body, ClientMetadata metadata)
    {
        (Member Member, string? Text)[] texts =
        [
            .. Each(Member.RedirectUri, null, metadata.RedirectUris),
            (Member.ClientName, metadata.ClientName),
            (Member.ClientUri, metadata.ClientUri),
            (Member.TosUri, metadata.TosUri),
            (Member.PolicyUri, metadata.PolicyUri),
            .. Each(Member.PostLogoutRedirectUri, Member.NoPostLogoutRedirectUris, metadata.PostLogoutRedirectUris),
            .. Each(Member.Contact, Member.NoContacts, metadata.Contacts),
            (Member.SoftwareId, metadata.SoftwareId),
            (Member.SoftwareVersion, metadata.SoftwareVersion),
            (Member.IdTokenSignedResponseAlg, metadata.IdTokenSignedResponseAlg),
        ];
        foreach (var (member, text) in texts)
        {
            if (text is not null)
            {
                body.Add((byte)member);
                StatelessText.Write(body, text);
            }
        }

        static IEnumerable<(Member, string?)> Each(Member member, Member? none, string[]? values) =>
            values is []
                ? none is { } empty
                    ? [(empty, "")]
                    : []
                : (values ?? []).Select(value => (member, (string?)value));
    }

    private static Dictionary<Member, List<string>>? ReadTexts(ReadOnlySpan<byte> body)
    {
        var texts = new Dictionary<Member, List<string>>();
        while (!body.IsEmpty)
        {
            var member = (Member)body[0];
            if (
                member is < Member.RedirectUri or > Member.IdTokenSignedResponseAlg
                || StatelessText.Read(body[1..], out var read) is not { } text
            )
            {
                return null;
            }

            (texts.TryGetValue(member, out var known) ? known : texts[member] = []).Add(text);
            body = body[(1 + read)..];
        }

        return texts;
    }
}

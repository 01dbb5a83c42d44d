using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Documents that are here without having been fetched: those that the operator pinned, and those of well-known clients that came with the
/// package, for servers that have no way to the internet.
/// </summary>
internal sealed class GivenDocuments
{
    /// <summary>From then on what came with the package is too old to stand in for what its host says.</summary>
    public static readonly DateTimeOffset ShippedEndAt = new(2027, 12, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Two of those that came with the package, on different hosts: where neither can be had, none can.</summary>
    public static readonly IReadOnlyList<Uri> Probed =
    [
        new("https://claude.ai/oauth/claude-code-client-metadata"),
        new("https://chatgpt.com/oauth/codex/client.json"),
    ];

    private const string Resource = "McpOidc.Registration.MetadataDocuments.shipped.json";

    private readonly Lazy<FrozenDictionary<string, ClientRecord>> _pinned;
    private readonly Lazy<FrozenDictionary<string, ClientRecord>> _shipped;
    private readonly ClientIdMetadataDocumentOptions _settings;
    private readonly TimeProvider _clock;

    public GivenDocuments(ClientDocumentReader reader, IOptions<RegistrationOptions> options, TimeProvider clock)
    {
        _settings = options.Value.ClientIdMetadataDocuments;
        _clock = clock;
        _pinned = new(() => ByClientId(_settings.Pinned.Select(value => Read(reader, Load(value)))));
        _shipped = new(() => ByClientId(ReadShipped().Select(body => Read(reader, body))));
    }

    /// <summary>The client of a document that the operator pinned.</summary>
    public ClientRecord? FindPinned(string url) => _pinned.Value.GetValueOrDefault(url);

    /// <summary>The client of a document that came with the package, while it may stand in.</summary>
    public ClientRecord? FindShipped(string url) =>
        _settings.UseShipped && _clock.GetUtcNow() < ShippedEndAt ? _shipped.Value.GetValueOrDefault(url) : null;

    /// <summary>What a value of <see cref="ClientIdMetadataDocumentOptions.Pinned"/> is: JSON, or the path of a file of it.</summary>
    public static byte[] Load(string value) => value.TrimStart().StartsWith('{') ? Encoding.UTF8.GetBytes(value) : File.ReadAllBytes(value);

    /// <summary>Reads a document by the rules of those that are fetched, but for its host, which nobody asks.</summary>
    /// <exception cref="ClientDocumentException">It is not valid.</exception>
    public static ClientRecord Read(ClientDocumentReader reader, byte[] body)
    {
        var url = ClientIdOf(body);
        if (ClientIdUrl.FindSpellingProblem(url) is { } problem)
        {
            throw ClientDocumentException.Refused($"The document is not valid: client_id {problem}.");
        }

        var read = ClientDocumentReader.Read(url, body);
        if (read.JwksUri is not null)
        {
            throw ClientDocumentException.Refused(
                "The document is not valid: nothing is fetched for it; put the keys of jwks_uri into jwks."
            );
        }

        return new ClientRecord
        {
            ClientId = url,
            Metadata = reader.Complete(read, keys: null),
            MetadataHash = read.Hash(),
            CreatedAt = DateTimeOffset.UnixEpoch,
            ExpiresAt = DateTimeOffset.MaxValue,
        };
    }

    /// <summary>The documents that came with the package, as they were published.</summary>
    public static IEnumerable<byte[]> ReadShipped()
    {
        using var stream = typeof(GivenDocuments).Assembly.GetManifestResourceStream(Resource)!;
        using var documents = JsonDocument.Parse(stream);
        return [.. documents.RootElement.EnumerateArray().Select(document => Encoding.UTF8.GetBytes(document.GetRawText()))];
    }

    private static string ClientIdOf(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RegistrationJson.Default.ClientDocumentMembers)?.ClientId
                ?? throw ClientDocumentException.Refused("The document is not valid: client_id is missing.");
        }
        catch (JsonException exception)
        {
            throw ClientDocumentException.Refused("The document is not valid JSON, or a member is named twice.", exception);
        }
    }

    private static FrozenDictionary<string, ClientRecord> ByClientId(IEnumerable<ClientRecord> clients) =>
        clients.ToFrozenDictionary(client => client.ClientId, StringComparer.Ordinal);
}

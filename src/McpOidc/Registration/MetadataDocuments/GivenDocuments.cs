using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Documents that need no fetching: pinned ones, and those of well-known clients in this package, for servers without Internet access.
/// </summary>
internal sealed class GivenDocuments
{
    /// <summary>When the documents in the package become too old to be used.</summary>
    public static readonly DateTimeOffset ShippedEndAt = new(2027, 12, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Two of the package's documents, on different hosts: if neither can be fetched, none can.</summary>
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

    /// <summary>The client of a pinned document.</summary>
    public ClientRecord? FindPinned(string url) => _pinned.Value.GetValueOrDefault(url);

    /// <summary>The client of a document in the package, while it may be used.</summary>
    public ClientRecord? FindShipped(string url) =>
        _settings.UseShipped && _clock.GetUtcNow() < ShippedEndAt ? _shipped.Value.GetValueOrDefault(url) : null;

    /// <summary>Loads a value of <see cref="ClientIdMetadataDocumentOptions.Pinned"/>: JSON, or the path of a file with it.</summary>
    public static byte[] Load(string value) =>
        Encoding.UTF8.GetBytes(value.TrimStart().StartsWith('{') ? value : File.ReadAllText(value, Encoding.UTF8));

    /// <summary>Reads a document by the rules for fetched ones, except for its host, which is not contacted.</summary>
    /// <exception cref="ClientDocumentException">It is invalid.</exception>
    public static ClientRecord Read(ClientDocumentReader reader, byte[] body)
    {
        var url = ClientIdOf(body);
        if (ClientIdUrl.FindSpellingProblem(url) is { } problem)
        {
            throw ClientDocumentException.Refused($"The document is invalid: client_id {problem}.");
        }

        var read = ClientDocumentReader.Read(url, body);
        if (read.JwksUri is not null)
        {
            throw ClientDocumentException.Refused(
                "The document is invalid: a pinned document cannot have a jwks_uri; put its keys into jwks."
            );
        }

        return new ClientRecord
        {
            ClientId = url,
            Metadata = reader.Complete(read, keys: null),
            MetadataHash = read.Hash(),
            ExpiresAt = DateTimeOffset.MaxValue,
        };
    }

    /// <summary>The documents in the package, as published.</summary>
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
                ?? throw ClientDocumentException.Refused("The document is invalid: client_id is missing.");
        }
        catch (JsonException exception)
        {
            throw ClientDocumentException.Refused("The document is not valid JSON, or has a duplicate member.", exception);
        }
    }

    private static FrozenDictionary<string, ClientRecord> ByClientId(IEnumerable<ClientRecord> clients) =>
        clients.ToFrozenDictionary(client => client.ClientId, StringComparer.Ordinal);
}

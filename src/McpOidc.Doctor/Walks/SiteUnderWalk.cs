namespace McpOidc.Doctor.Walks;

/// <summary>The examined MCP server. Requests that several clients make in the same way are sent once.</summary>
internal sealed class SiteUnderWalk(Probe http, string resource, Uri endpoint)
{
    private const int MostRedirects = 3;
    private readonly Dictionary<(string, string, string?, string), ProbeAnswer> _known = [];

    /// <summary>The URL as entered.</summary>
    public string Resource => resource;

    public Uri Endpoint => endpoint;

    public string Origin { get; } = endpoint.GetLeftPart(UriPartial.Authority);

    public string Path { get; } = endpoint.AbsolutePath.TrimEnd('/');

    /// <summary>The first request of a client, without a token.</summary>
    public Task<ProbeAnswer> CallAsync(KnownClient client, CancellationToken cancellationToken) =>
        OnceAsync(client.BeginsWithGet ? HttpMethod.Get : HttpMethod.Post, resource, client, cancellationToken);

    public async Task<ProbeAnswer> GetAsync(string url, KnownClient client, CancellationToken cancellationToken)
    {
        var answer = await OnceAsync(HttpMethod.Get, url, client, cancellationToken);
        for (var hop = 0; hop < MostRedirects && answer is { IsRedirect: true, Location: { } next }; hop++)
        {
            answer = await OnceAsync(HttpMethod.Get, next, client, cancellationToken);
        }

        return answer;
    }

    public Task<ProbeAnswer> PreflightAsync(string url, string origin, CancellationToken cancellationToken) =>
        http.PreflightAsync(url, origin, "GET", "mcp-protocol-version", cancellationToken);

    private async Task<ProbeAnswer> OnceAsync(HttpMethod method, string url, KnownClient client, CancellationToken cancellationToken)
    {
        var key = (method.Method, client.ProtocolVersion, client.Origin, url);
        if (_known.TryGetValue(key, out var known))
        {
            return known;
        }

        List<(string, string)> headers =
        [
            ("MCP-Protocol-Version", client.ProtocolVersion),
            ("Accept", "application/json, text/event-stream"),
        ];
        if (client.Origin is { } origin)
        {
            headers.Add(("Origin", origin));
        }

        using var content = method == HttpMethod.Post ? ResourcesCheck.Message() : null;
        return _known[key] = await http.SendAsync(method, url, content, within: null, headers, cancellationToken);
    }
}

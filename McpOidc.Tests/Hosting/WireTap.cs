using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Hosting;

/// <summary>
/// Records every HTTP request of a test's clients, browsers and servers, and collects all credentials: tokens, codes, secrets, cookies,
/// proofs. It matches by name and position, so that it also catches credentials no test anticipated.
/// </summary>
public sealed partial class WireTap
{
    private const int ShortestSecret = 8;

    private static readonly HashSet<string> s_names = new(StringComparer.Ordinal)
    {
        "access_token",
        "refresh_token",
        "id_token",
        "token",
        "subject_token",
        "id_token_hint",
        "logout_token",
        "code",
        "state",
        "nonce",
        "code_verifier",
        "device_code",
        "user_code",
        "client_secret",
        "client_assertion",
        "assertion",
        "registration_access_token",
        "request_uri",
        "interaction",
        "password",
        "email",
        "given_name",
        "family_name",
    };

    private readonly ConcurrentDictionary<string, string> _secrets = new(StringComparer.Ordinal);

    /// <summary>Every secret seen, with the place where it first appeared.</summary>
    public IReadOnlyDictionary<string, string> Secrets => _secrets;

    public static HttpMessageHandler Around(HttpMessageHandler handler, WireTap? tap) =>
        tap is null ? handler : new Handler(tap) { InnerHandler = handler };

    /// <summary>Records an application's outgoing requests.</summary>
    public void Listen(IServiceCollection services) =>
        services.ConfigureHttpClientDefaults(client => client.AddHttpMessageHandler(() => new Handler(this)));

    public void Keep(string? value, string where)
    {
        if (value?.Length >= ShortestSecret)
        {
            _secrets.TryAdd(value, where);
        }
    }

    private void KeepNamed(string name, string? value, string where)
    {
        if (s_names.Contains(name))
        {
            Keep(value, $"{name} {where}");
        }
    }

    private void KeepFields(string query, string where)
    {
        foreach (var (name, values) in QueryHelpers.ParseQuery(query))
        {
            foreach (var value in values)
            {
                KeepNamed(name, value, where);
            }
        }
    }

    private void KeepMembers(JsonNode? node, string where)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    if (value is JsonValue scalar && scalar.GetValueKind() == JsonValueKind.String)
                    {
                        KeepNamed(name, scalar.ToString(), where);
                    }

                    KeepMembers(value, where);
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    KeepMembers(item, where);
                }

                break;
        }
    }

    private void KeepHeaders(HttpRequestMessage request, string where)
    {
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            foreach (var value in values)
            {
                var parameter = value[(value.IndexOf(' ', StringComparison.Ordinal) + 1)..];
                switch (name)
                {
                    case "Authorization":
                        Keep(parameter, $"{name} {where}");
                        break;
                    case "DPoP":
                        Keep(value, $"{name} {where}");
                        break;
                    case "Cookie":
                        value
                            .Split(';')
                            .ToList()
                            .ForEach(cookie => Keep(cookie[(cookie.IndexOf('=', StringComparison.Ordinal) + 1)..], $"{name} {where}"));
                        break;
                }
            }
        }
    }

    private async Task KeepAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var where = $"to {request.RequestUri!.AbsolutePath}";
        KeepFields(request.RequestUri.Query, where);
        KeepHeaders(request, where);
        if (request.Content?.Headers.ContentType?.MediaType == "application/x-www-form-urlencoded")
        {
            KeepFields(await request.Content.ReadAsStringAsync(cancellationToken), where);
        }
    }

    private async Task KeepAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var where = $"from {response.RequestMessage!.RequestUri!.AbsolutePath}";
        if (response.Headers.Location is { } location)
        {
            KeepFields(new Uri(response.RequestMessage.RequestUri, location).Query, where);
        }

        foreach (var cookie in response.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [])
        {
            Keep(cookie.Split(';')[0].Split('=', 2)[^1], $"cookie {where}");
        }

        var type = response.Content.Headers.ContentType?.MediaType;
        if (type is "application/json" or "text/html")
        {
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            KeepMembers(type == "application/json" && text.Length > 0 ? JsonNode.Parse(text) : null, where);
            HiddenField().Matches(text).ToList().ForEach(field => Keep(field.Groups[1].Value, $"form {where}"));
        }
    }

    // A hidden form field that is not a URL holds the form's own secret.
    [GeneratedRegex("type=\"hidden\"[^>]* value=\"([^\"/]{20,})\"")]
    private static partial Regex HiddenField();

    private sealed class Handler(WireTap tap) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await tap.KeepAsync(request, cancellationToken);
            var response = await base.SendAsync(request, cancellationToken);
            await tap.KeepAsync(response, cancellationToken);
            return response;
        }
    }
}

using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;

namespace McpOidc.Hosting;

/// <summary>What one proxy reports about the request that it received.</summary>
/// <param name="For">The sender: an address, with or without a port, or an identifier that stands for one (RFC 7239 §6).</param>
/// <param name="Proto">The scheme.</param>
/// <param name="Prefix">The part of the path that it removed.</param>
internal sealed record ForwardedElement(string? For, string? Proto, string? Prefix = null)
{
    public const string Header = "Forwarded";

    /// <summary>The address; <see langword="null"/> if the proxy does not know or report it.</summary>
    public IPAddress? Address => IPEndPoint.TryParse(For ?? "", out var address) ? address.Address : null;

    /// <summary>Reads the <c>X-Forwarded-*</c> headers, nearest proxy first.</summary>
    public static IEnumerable<ForwardedElement> ReadXForwarded(IHeaderDictionary headers)
    {
        string[][] lists =
        [
            Reversed(ForwardedHeadersDefaults.XForwardedForHeaderName),
            Reversed(ForwardedHeadersDefaults.XForwardedProtoHeaderName),
            Reversed(ForwardedHeadersDefaults.XForwardedPrefixHeaderName),
        ];
        return Enumerable
            .Range(0, lists.Max(list => list.Length))
            .Select(i => new ForwardedElement(
                lists[0].ElementAtOrDefault(i),
                lists[1].ElementAtOrDefault(i),
                lists[2].ElementAtOrDefault(i)
            ));

        string[] Reversed(string name) => [.. headers.GetCommaSeparatedValues(name).Select(value => value.Trim()).Reverse()];
    }

    /// <summary>Reads the <c>Forwarded</c> header, nearest proxy first.</summary>
    public static IEnumerable<ForwardedElement> ReadForwarded(IHeaderDictionary headers) =>
        Split(headers[Header].ToString(), ',')
            .Select(element =>
            {
                var pairs = Split(element, ';').Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2).ToList();
                return new ForwardedElement(Value("for"), Value("proto"));

                string? Value(string name) =>
                    pairs.Find(pair => pair[0].Trim().Equals(name, StringComparison.OrdinalIgnoreCase)) is [_, var value]
                        ? Unquoted(value.Trim())
                        : null;
            })
            .Reverse();

    private static string Unquoted(string value) =>
        value is ['"', .. var quoted, '"'] ? quoted.Replace("\\", "", StringComparison.Ordinal) : value;

    // Separators within quotes are literal.
    private static List<string> Split(string text, char separator)
    {
        var (parts, part, isQuoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            isQuoted ^= text[i] == '"';
            if (isQuoted && text[i] == '\\' && i + 1 < text.Length)
            {
                part.Append(text[i++]).Append(text[i]);
            }
            else if (text[i] == separator && !isQuoted)
            {
                parts.Add(part.ToString());
                part.Clear();
            }
            else
            {
                part.Append(text[i]);
            }
        }

        parts.Add(part.ToString());
        return parts;
    }
}

using System.Text;
using System.Text.Json.Nodes;

namespace McpOidc.Tests.Fuzzing;

/// <summary>Generates nearly valid inputs from valid seeds: by characters, by grammar tokens, and by JSON structure.</summary>
internal sealed class Mutator(int seed)
{
    // Stands for half a surrogate pair, which can be escaped in JSON but which no JSON writer emits.
    private const string HalfAPair = "half-a-pair";

    private static readonly string[] s_words =
    [
        "",
        " ",
        "\0",
        "\r\n",
        "\\",
        "/",
        "//",
        "..",
        "%2e%2e",
        "%00",
        "%",
        "%zz",
        "#",
        "?",
        "&",
        "=",
        ":",
        "@",
        "*",
        "\"",
        "'",
        "<svg onload=x>",
        "{",
        "}",
        "[",
        "]",
        ",",
        "null",
        "true",
        "-1",
        "1e999",
        "99999999999999999999",
        "NaN",
        "\\u0000",
        "\\ud800",
        "\u202e",
        "\u0430pple",
        "\ufeff",
        "localhost",
        "127.0.0.1",
        "127.1",
        "[::1]",
        "[::1%25x]",
        "0x7f000001",
        "2130706433",
        "https://",
        "http://",
        "javascript:",
        "data:",
        "file:///",
        "user:pw@",
        ":0",
        ":99999",
        ":443",
        ".",
        ".example",
        "none",
        "HS256",
        "ES256",
        "RS256",
        "Bearer",
        "DPoP",
        "Basic",
        "at+jwt",
        "alg",
        "jwk",
        "kid",
        "crit",
        "exp",
        "é",
        "😀",
    ];

    private static readonly string[] s_values =
    [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e400",
        "9223372036854775808",
        "\"\"",
        "\"a\"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "{\"a\":{}}",
        "[\"a\",1]",
        "\"https://a.example/\"",
        "\"\\u0000\"",
        $"\"{HalfAPair}\"",
        "\"AAAA\"",
        "253402300800",
        "-62135596801",
        "18446744073709551615",
    ];

    private readonly Random _random = new(seed);

    public int Next(int bound) => _random.Next(bound);

    public T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>Up to six changes to the characters of a seed.</summary>
    public string Text(string text)
    {
        for (var changes = _random.Next(7); changes > 0; changes--)
        {
            var at = _random.Next(text.Length + 1);
            var length = _random.Next(Math.Min(9, text.Length - at + 1));
            text = _random.Next(8) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, text.Substring(at, length)),
                2 => text[..at],
                3 => text[..at] + (char)_random.Next(_random.Next(4) == 0 ? 0xd800 : 128) + text[at..],
                4 => string.Concat(text.AsSpan(at), text.AsSpan(0, at)),
                5 when text.Length < 5_000 => text[..at]
                    + new string(Pick(["a", "/", "[", "%", "."])[0], 1 << _random.Next(13))
                    + text[at..],
                6 => text.Remove(at, length).Insert(at, Pick(s_words)),
                _ => text.Insert(at, Pick(s_words)),
            };
        }

        return text;
    }

    /// <summary>The bytes of a text, occasionally no longer valid UTF-8.</summary>
    public byte[] Bytes(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var changes = bytes.Length > 0 && _random.Next(3) == 0 ? _random.Next(4) : 0; changes > 0; changes--)
        {
            bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
        }

        return bytes;
    }

    /// <summary>JSON with members and values swapped, omitted, repeated and nested; sometimes also changed as text.</summary>
    public string Json(JsonObject seed)
    {
        var root = seed.DeepClone().AsObject();
        for (var changes = 1 + _random.Next(3); changes > 0; changes--)
        {
            Change(root);
        }

        var text = root.ToJsonString().Replace(HalfAPair, "\\ud800", StringComparison.Ordinal);
        return _random.Next(6) switch
        {
            0 => Text(text),
            1 => text.Replace(
                "{",
                $"{{\"{Pick([.. root.Select(member => member.Key), "x"])}\":{Pick(s_values)},",
                StringComparison.Ordinal
            ),
            2 when _random.Next(20) == 0 => string.Concat(Enumerable.Repeat("{\"a\":[", 1 << _random.Next(12))) + text,
            _ => text,
        };
    }

    /// <summary>The same, and still an object.</summary>
    public JsonObject Object(JsonObject seed)
    {
        var root = seed.DeepClone().AsObject();
        for (var changes = _random.Next(4); changes > 0; changes--)
        {
            Change(root);
        }

        return root;
    }

    private void Change(JsonObject node)
    {
        if (node.Count == 0 || _random.Next(8) == 0)
        {
            node[Pick(s_words)] = Value();
            return;
        }

        var name = Pick(node.Select(member => member.Key).ToList());
        switch (_random.Next(6))
        {
            case 0:
                node.Remove(name);
                break;
            case 1 when node[name] is JsonObject inner:
                Change(inner);
                break;
            case 1 or 2 when node[name] is JsonArray { Count: > 0 } items:
                items[_random.Next(items.Count)] = items[0] is JsonObject first && _random.Next(2) == 0 ? Object(first) : Value();
                break;
            case 3 when node[name] is JsonValue value:
                node[name] = Text(value.ToString());
                break;
            case 4:
                node[Pick(node.Select(member => member.Key).ToList())] = node[name]?.DeepClone();
                break;
            default:
                node[name] = Value();
                break;
        }
    }

    private JsonNode? Value() => _random.Next(3) == 0 ? Text(Pick(s_words)) : JsonNode.Parse(Pick(s_values));
}

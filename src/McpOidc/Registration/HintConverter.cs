using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpOidc.Registration;

/// <summary>Reads an unimportant member: a value that is not a string or a number counts as absent.</summary>
internal sealed class HintConverter : JsonConverter<string?>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ReadText(ref reader);

    public override void Write(Utf8JsonWriter writer, string? value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    internal static string? ReadText(ref Utf8JsonReader reader)
    {
        using var value = JsonDocument.ParseValue(ref reader);
        return value.RootElement.ValueKind switch
        {
            JsonValueKind.String => value.RootElement.GetString(),
            JsonValueKind.Number => value.RootElement.GetRawText(),
            _ => null,
        };
    }
}

/// <summary>The same for a list, which may also be a single string.</summary>
internal sealed class HintsConverter : JsonConverter<string[]?>
{
    public override string[]? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return HintConverter.ReadText(ref reader) is { } only ? [only] : null;
        }

        var texts = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (HintConverter.ReadText(ref reader) is { } text)
            {
                texts.Add(text);
            }
        }

        return [.. texts];
    }

    public override void Write(Utf8JsonWriter writer, string[]? value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var text in value ?? [])
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}

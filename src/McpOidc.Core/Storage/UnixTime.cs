using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpOidc.Storage;

/// <summary>Stores times as exact ticks of 100 ns since 1970: a record has up to six, and ISO 8601 takes twice the space.</summary>
internal sealed class UnixTime : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number
            ? new DateTimeOffset(reader.GetInt64() + DateTimeOffset.UnixEpoch.Ticks, TimeSpan.Zero)
            : reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.UtcTicks - DateTimeOffset.UnixEpoch.Ticks);
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpOidc.Storage;

/// <summary>Moments in records are ticks of 100 ns since 1970, exact: a record has up to six of them, and a date in words takes twice the
/// space.</summary>
internal sealed class UnixTime : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number
            ? new DateTimeOffset(reader.GetInt64() + DateTimeOffset.UnixEpoch.Ticks, TimeSpan.Zero)
            : reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.UtcTicks - DateTimeOffset.UnixEpoch.Ticks);
}

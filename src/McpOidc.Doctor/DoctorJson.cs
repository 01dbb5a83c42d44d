using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpOidc.Doctor;

/// <summary>The source-generated contract of the report.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    Converters = [typeof(OutcomeInLowerCase)]
)]
[JsonSerializable(typeof(DoctorDocument))]
internal sealed partial class DoctorJson : JsonSerializerContext;

/// <param name="Healthy">Whether there are no problems.</param>
/// <param name="Findings">What was found.</param>
internal sealed record DoctorDocument(bool Healthy, IReadOnlyList<DoctorFinding> Findings);

internal sealed class OutcomeInLowerCase() : JsonStringEnumConverter<DoctorOutcome>(JsonNamingPolicy.SnakeCaseLower);

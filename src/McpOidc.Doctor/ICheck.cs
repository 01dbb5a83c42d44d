namespace McpOidc.Doctor;

/// <summary>One check.</summary>
internal interface ICheck
{
    /// <summary>Runs the check. Problems are findings; an exception is a fault of the check.</summary>
    IAsyncEnumerable<DoctorFinding> RunAsync(Examination examination, CancellationToken cancellationToken);
}

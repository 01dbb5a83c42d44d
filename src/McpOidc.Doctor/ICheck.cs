namespace McpOidc.Doctor;

/// <summary>Looks at one thing.</summary>
internal interface ICheck
{
    /// <summary>Finds what there is to say. What is wrong is a finding; an exception is a fault of the check.</summary>
    IAsyncEnumerable<DoctorFinding> RunAsync(Examination examination, CancellationToken cancellationToken);
}

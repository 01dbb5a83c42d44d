namespace McpOidc.Tests.Faults;

/// <summary>Runs that inject faults on a schedule: in parallel with other tests, a killed server would not be back before its next
/// fault.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FaultRigCollection
{
    public const string Name = "fault rig";
}

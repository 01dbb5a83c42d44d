namespace McpOidc.Tests.Faults;

/// <summary>Runs that break things by the clock: beside other tests a server that was killed is not back before its next turn.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FaultRigCollection
{
    public const string Name = "fault rig";
}

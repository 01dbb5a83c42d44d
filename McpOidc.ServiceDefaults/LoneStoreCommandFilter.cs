using System.Diagnostics;
using OpenTelemetry;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Leaves out store commands that belong to no request: each server asks the log of ended sign-ins once a second, and a trace of each
/// question would bury those of people.
/// </summary>
internal sealed class LoneStoreCommandFilter : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (data.ParentSpanId == default && data.GetTagItem("db.system") is "redis")
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}

using System.Diagnostics;
using OpenTelemetry;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Omits traces of store commands outside requests: each server reads the revocation log once a second, which would bury the traces of
/// users' requests.
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

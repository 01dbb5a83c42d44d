using McpOidc.Protection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace McpOidc.Tests.Protection;

public sealed class CutOffTests
{
    [Fact]
    public void A_response_is_cut_off_without_its_HttpContext_which_its_request_is_using_on_another_thread()
    {
        var connection = new Connection();
        var features = new FeatureCollection();
        features.Set<IHttpRequestLifetimeFeature>(connection);
        var http = new DefaultHttpContext(features);
        var stream = new OpenStream(http, "grant", "subject", tokenEndsAt: null);

        // From now on, any use of it fails.
        http.Uninitialize();

        Assert.True(stream.CutOff());
        Assert.True(connection.IsAborted);
        Assert.False(stream.CutOff());
    }

    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }
}

using McpOidc.Tests.Hosting;

namespace McpOidc.AppHost.Tests;

/// <summary>
/// One installation of a client, with its tokens. The official SDK sends the user to the browser when a refresh does not reach the server.
/// </summary>
internal sealed class Installation(OAuthClient client, TokenAnswer tokens) : IDisposable
{
    private TokenAnswer _tokens = tokens;

    /// <summary>Gets new tokens without the user; retries while parts are unavailable.</summary>
    public async Task RefreshAsync()
    {
        TokenAnswer? answer = null;
        await Until.TrueAsync(async () =>
        {
            try
            {
                answer = await client.RefreshAsync(_tokens.RefreshToken);
                return answer.Status is not 503;
            }
            catch (HttpRequestException)
            {
                // No process is listening at the moment.
                return false;
            }
        });
        Assert.True(answer!.Status == 200, answer.Body.ToJsonString());
        _tokens = answer;
    }

    public void Dispose() => client.Dispose();
}

using System.Net;
using System.Text;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Protection;

/// <summary>The cost of a message without a token grows with its length only (S04).</summary>
public sealed class MessageCostTests
{
    // Every pair of a method and a name is a call: without care, 60 kB describe two million of them.
    [Theory]
    [InlineData("\"method\":\"resources/read\",", "\"params\":{\"uri\":\"x\"},")]
    [InlineData("\"method\":\"tools/call\",", "\"params\":{\"name\":\"read_file\"},")]
    [InlineData("\"Method\":\"tools/call\",\"METHOD\":\"prompts/get\",", "\"params\":{\"name\":\"a\",\"name\":\"b\",\"name\":\"c\"},")]
    [InlineData("\"method\":\"a\",\"method\":\"b\",", "\"params\":{\"name\":\"a\",\"name\":\"b\",\"name\":\"c\"},")]
    public async Task Repeated_members_of_a_message_do_not_multiply(string method, string parameters)
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>()
        );
        using var client = system.CreateClient();
        var body = $"{{{Repeat(method)}{Repeat(parameters)}\"jsonrpc\":\"2.0\",\"id\":1}}";
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        for (var i = 0; i < 40; i++)
        {
            using var answer = await client.Http.PostAsync(
                system.Resource,
                new StringContent(body, Encoding.UTF8, "application/json"),
                deadline.Token
            );
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        static string Repeat(string member) => string.Concat(Enumerable.Repeat(member, 30_000 / member.Length));
    }
}

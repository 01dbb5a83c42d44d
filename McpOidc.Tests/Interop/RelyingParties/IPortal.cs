using Microsoft.AspNetCore.Builder;

namespace McpOidc.Tests.Interop.RelyingParties;

/// <summary>A website whose users sign in at the authorization server through a third-party library: <c>/</c> requires a sign-in,
/// <c>/logout</c> ends it and returns to <c>/bye</c>.</summary>
internal interface IPortal
{
    string Callback { get; }

    string SignedOut { get; }

    void Configure(WebApplicationBuilder builder, string origin, string issuer, string? algorithm);

    void Map(WebApplication app);
}

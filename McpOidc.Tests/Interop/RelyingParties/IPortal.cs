using Microsoft.AspNetCore.Builder;

namespace McpOidc.Tests.Interop.RelyingParties;

/// <summary>A website whose people sign in at the authorization server, by a library of somebody else: <c>/</c> needs a sign-in,
/// <c>/logout</c> ends it and comes back to <c>/bye</c>.</summary>
internal interface IPortal
{
    string Callback { get; }

    string SignedOut { get; }

    void Configure(WebApplicationBuilder builder, string origin, string issuer, string? algorithm);

    void Map(WebApplication app);
}

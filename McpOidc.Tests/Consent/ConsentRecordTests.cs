using McpOidc.Consent;

namespace McpOidc.Tests.Consent;

public sealed class ConsentRecordTests
{
    private static readonly ConsentRecord s_given = new()
    {
        ClientId = "editor",
        MetadataHash = "h1",
        RedirectUri = "http://127.0.0.1/callback",
        Resource = "https://mcp.example.com/a",
        Scopes = ["files:read", "files:write"],
        GivenAt = DateTimeOffset.UnixEpoch,
    };

    private static readonly (ConsentRecord Asked, bool IsCovered)[] s_requests =
    [
        (s_given, true),
        (s_given with { Scopes = ["files:write"] }, true),
        (s_given with { Scopes = [] }, true),
        (s_given with { GivenAt = DateTimeOffset.MaxValue }, true),
        (s_given with { Scopes = ["files:read", "mail:read"] }, false),
        (s_given with { Resource = "https://mcp.example.com/b" }, false),
        (s_given with { RedirectUri = "http://127.0.0.1/other" }, false),
        (s_given with { MetadataHash = "h2" }, false),
        (s_given with { ClientId = "other" }, false),
    ];

    [Fact]
    public void A_consent_covers_no_other_client_metadata_redirect_URI_resource_or_scope() =>
        Assert.All(s_requests, request => Assert.Equal(request.IsCovered, s_given.Covers(request.Asked)));

    [Fact]
    public void A_consent_for_another_resource_is_kept_beside_the_earlier_one()
    {
        var other = s_given with { Resource = "https://mcp.example.com/b" };
        Assert.Equal([s_given, other], other.AddTo([s_given]));
    }

    [Fact]
    public void A_wider_consent_replaces_the_earlier_one_and_keeps_its_scopes()
    {
        var wider = s_given with { Scopes = ["mail:read"] };
        var kept = Assert.Single(wider.AddTo([s_given]));
        Assert.Equal(["files:read", "files:write", "mail:read"], kept.Scopes);
    }

    [Fact]
    public void A_consent_after_a_change_of_the_client_keeps_no_earlier_scopes()
    {
        var changed = s_given with { MetadataHash = "h2", Scopes = ["mail:read"] };
        Assert.Equal(["mail:read"], Assert.Single(changed.AddTo([s_given])).Scopes);
    }
}

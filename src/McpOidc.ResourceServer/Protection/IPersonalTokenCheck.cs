namespace McpOidc.Protection;

/// <summary>Has a personal access token checked as a client's refresh is: by this process, or by the authorization server where this
/// process is an MCP server only.</summary>
internal interface IPersonalTokenCheck
{
    /// <summary>Sees to it that the grant says until when its token is good, and for which scopes.</summary>
    ValueTask<PersonalTokenStanding> CheckAsync(string grantId, CancellationToken cancellationToken);
}

/// <summary>What came of a check.</summary>
internal enum PersonalTokenStanding
{
    /// <summary>The grant says it.</summary>
    Good,

    /// <summary>The token has ended, or its person has to sign in before it is good again.</summary>
    Refused,

    /// <summary>It cannot be told at the moment.</summary>
    Unknown,
}

namespace McpOidc.Protection;

/// <summary>Has a personal access token checked like a client's refresh: in this process, or by the authorization server if this process is
/// only a resource server.</summary>
internal interface IPersonalTokenCheck
{
    /// <summary>Checks a token. The grant then has the scopes and the end of the check.</summary>
    ValueTask<PersonalTokenStanding> CheckAsync(string grantId, CancellationToken cancellationToken);
}

/// <summary>The result of a check.</summary>
internal enum PersonalTokenStanding
{
    /// <summary>The token is valid. The grant has the details.</summary>
    Good,

    /// <summary>The token has ended, or its user must sign in before it works again.</summary>
    Refused,

    /// <summary>The token cannot be checked right now.</summary>
    Unknown,
}

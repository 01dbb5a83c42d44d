namespace McpOidc.Token;

/// <summary>How a refresh token that this server issued stands to its family.</summary>
internal enum RefreshTokenState
{
    /// <summary>The newest: using it makes the next one.</summary>
    Current,

    /// <summary>Used once, its successor not yet: the client may not have received the answer and gets the same successor again.</summary>
    Previous,

    /// <summary>Its successor was used: whoever presents it now is not who used the successor.</summary>
    Replayed,

    /// <summary>Unused for too long.</summary>
    Expired,
}

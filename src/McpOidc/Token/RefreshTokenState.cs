namespace McpOidc.Token;

/// <summary>The state of a refresh token that this server issued, within its family.</summary>
internal enum RefreshTokenState
{
    /// <summary>The newest: using it creates the next one.</summary>
    Current,

    /// <summary>Used once, its successor not yet: the client may not have received the response and gets the same successor
    /// again.</summary>
    Previous,

    /// <summary>Its successor was used: it is not presented by the party that used the successor.</summary>
    Replayed,

    /// <summary>Newer than its record: the store lost a write. It is the last one issued, and remains valid.</summary>
    Newer,

    /// <summary>Like <see cref="Newer"/>, but the key that it was bound to was lost with the write, so its holder's key cannot be
    /// verified.</summary>
    NewerWithoutKey,

    /// <summary>Unused for too long.</summary>
    Expired,
}

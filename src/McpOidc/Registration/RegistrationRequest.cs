using System.Text.Json;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration;

/// <summary>Reads client metadata: strict JSON of limited size, validated, with errors that name the member.</summary>
internal sealed class RegistrationRequest(ClientMetadataValidator validator, ClientKeySets keySets)
{
    private const int MaximumRead = 64 * 1024;

    // It is stored for days, even for an unauthenticated client.
    private const int MaximumBytes = 8 * 1024;

    /// <param name="request">The request.</param>
    /// <param name="client">The client whose registration it replaces; <see langword="null"/> for a new one.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="ClientDocumentException">The keys at the <c>jwks_uri</c> are currently unavailable.</exception>
    public async Task<(ClientMetadata? Metadata, RegistrationError? Error)> ReadAsync(
        HttpRequest request,
        ClientRecord? client,
        CancellationToken cancellationToken
    )
    {
        if (!request.HasJsonContentType())
        {
            return (null, RegistrationError.InvalidMetadata("the body must be JSON with Content-Type: application/json"));
        }

        var buffer = new byte[MaximumRead + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > MaximumRead)
        {
            return (null, TooLarge());
        }

        var (sent, problem) = Parse(buffer.AsSpan(0, length));
        problem ??= client is null ? null : FindOtherCredentials(client, buffer.AsSpan(0, length));
        if (sent is null || problem is not null)
        {
            return (null, problem);
        }

        // A member that is too long gets a more specific error than their total; a dropped logo and dropped scopes need no space.
        var (metadata, error) = await JudgeAsync(sent, cancellationToken);
        return metadata is not null && length - Left(sent.LogoUri, metadata.LogoUri) - Left(sent.Scope, metadata.Scope) > MaximumBytes
            ? (null, TooLarge())
            : (metadata, error);

        static int Left(string? sent, string? kept) => (sent?.Length ?? 0) - (kept?.Length ?? 0);
    }

    private async Task<(ClientMetadata? Metadata, RegistrationError? Error)> JudgeAsync(
        ClientMetadata sent,
        CancellationToken cancellationToken
    )
    {
        var (fetched, problem) = await FetchKeysAsync(sent, cancellationToken);
        if (problem is not null)
        {
            return (null, problem);
        }

        var (metadata, error) = validator.ValidateRegistration(fetched is null ? sent : sent with { Jwks = fetched });
        // Keys behind a jwks_uri are fetched when needed.
        return metadata is null
            ? (null, error)
            : (metadata with { JwksUri = metadata.HasKeys ? sent.JwksUri : null, Jwks = fetched is null ? metadata.Jwks : null }, null);
    }

    // As for documents: unusable keys are reported now rather than after a user has signed in.
    private async Task<(JsonElement? Keys, RegistrationError? Error)> FetchKeysAsync(
        ClientMetadata sent,
        CancellationToken cancellationToken
    )
    {
        if (sent is { Jwks: not null, JwksUri: not null })
        {
            return (null, RegistrationError.InvalidMetadata("jwks and jwks_uri must not both be present (RFC 7591 section 2)"));
        }

        if (sent.JwksUri is null)
        {
            return (null, null);
        }

        if (keySets.FindProblem(sent.JwksUri) is { } problem)
        {
            return (null, RegistrationError.InvalidMetadata(problem));
        }

        if (!ClientMetadataValidator.Choose(sent).HasKeys)
        {
            return (null, null);
        }

        try
        {
            return (await keySets.FindAsync(sent.JwksUri, keyId: null, cancellationToken), null);
        }
        catch (ClientDocumentException exception) when (!exception.IsTemporary)
        {
            return (null, RegistrationError.InvalidMetadata(exception.Message));
        }
    }

    // RFC 7592 §2.2: a client can choose neither its id nor its secret.
    private static RegistrationError? FindOtherCredentials(ClientRecord client, ReadOnlySpan<byte> body)
    {
        ClientDocumentMembers? sent;
        try
        {
            sent = JsonSerializer.Deserialize(body, RegistrationJson.Default.ClientDocumentMembers);
        }
        catch (JsonException)
        {
            return RegistrationError.InvalidMetadata("client_id is not a string, or a member is duplicated");
        }

        return sent?.ClientId is { } id && id != client.ClientId
                ? RegistrationError.InvalidMetadata("client_id does not match the registration (RFC 7592 section 2.2)")
            : sent?.ClientSecret is { } secret
            && !(secret.ValueKind == JsonValueKind.String && OpaqueToken.Matches(secret.GetString(), client.SecretHash))
                ? RegistrationError.InvalidMetadata("client_secret does not match the registration (RFC 7592 section 2.2)")
            : null;
    }

    private static RegistrationError TooLarge() => RegistrationError.InvalidMetadata($"the body is larger than {MaximumBytes} bytes");

    public static (ClientMetadata? Metadata, RegistrationError? Error) Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RegistrationJson.Default.ClientMetadata) is { } metadata
                ? (metadata.WithoutBlanks(), null)
                : (null, RegistrationError.InvalidMetadata("the body must be a JSON object"));
        }
        catch (JsonException exception)
        {
            // The path consists of member names; an unknown name is untrusted and not repeated.
            var member = exception.Path?.TrimStart('$', '.').Split('[', '.')[0];
            return (
                null,
                IsKnown(member)
                    ? Describe(member!)
                    : RegistrationError.InvalidMetadata("the body is not a valid JSON object, or has a duplicate member")
            );
        }
    }

    private static bool IsKnown(string? member) =>
        member is not null && RegistrationJson.Default.ClientMetadata.Properties.Any(property => property.Name == member);

    private static RegistrationError Describe(string member) =>
        member == "redirect_uris"
            ? RegistrationError.InvalidRedirectUri("redirect_uris must be an array of strings")
            : RegistrationError.InvalidMetadata($"{member} has the wrong type");
}

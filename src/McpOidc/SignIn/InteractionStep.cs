using System.Text.Json.Serialization;

namespace McpOidc.SignIn;

/// <summary>Where an <see cref="Interaction"/> stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InteractionStep>))]
internal enum InteractionStep
{
    /// <summary>The consent page is shown; nothing has been sent to the identity provider.</summary>
    Consent,

    /// <summary>Consent is given; the page is shown where the person chooses an identity provider.</summary>
    Choose,

    /// <summary>Consent is given; the browser is at the identity provider.</summary>
    SignIn,

    /// <summary>The person may not sign in; the page is shown that says so.</summary>
    Refused,

    /// <summary>Decided: <c>/authorize</c> may answer the client, with a code or with an error.</summary>
    Decided,
}

namespace McpOidc.SignIn;

/// <summary>A policy that calls the delegate given to <c>AddSignInPolicy</c>.</summary>
internal sealed class DelegateSignInPolicy(Func<SignInPolicyRequest, SignInDecision> decide) : ISignInPolicy
{
    public ValueTask<SignInDecision> DecideAsync(SignInPolicyRequest request, CancellationToken cancellationToken) => new(decide(request));
}

using McpOidc.Storage;
using McpOidc.Testing;

namespace McpOidc.Tests.Documentation;

/// <summary>The store in docs/write-a-store.md compiles as written, and fulfills the contract.</summary>
public sealed class WriteStoreTests
{
    private static readonly Type s_store = CompileBlock.Load(
        Assert
            .Single(
                CodeBlock.Of("csharp"),
                block => block.File == "docs/write-a-store.md" && block.Text.Contains("class DictionaryStore", StringComparison.Ordinal)
            )
            .Text,
        "DictionaryStore"
    );

    [Theory]
    [MemberData(nameof(StoreContract.Requirements), MemberType = typeof(StoreContract))]
    public async Task The_store_in_the_documentation_fulfills_the_contract(string requirement)
    {
        // In memory, two processes share the same store instance.
        IMcpOidcStore? store = null;
        await new StoreContract(clock => Task.FromResult(store ??= (IMcpOidcStore)Activator.CreateInstance(s_store, clock)!)).VerifyAsync(
            requirement
        );
    }
}

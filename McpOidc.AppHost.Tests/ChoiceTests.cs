namespace McpOidc.AppHost.Tests;

/// <summary><c>--Redis</c> and <c>--IdentityProvider</c>, and what this machine has.</summary>
[Collection(AppHostCollection.Name)]
public sealed class ChoiceTests
{
    public static TheoryData<string> Refusals => [.. ChoiceCheck.Refusals.Keys];

    public static TheoryData<int> NextBest => [.. Enumerable.Range(0, ChoiceCheck.NextBest.Count)];

    [Theory]
    [MemberData(nameof(Refusals))]
    public Task A_choice_that_cannot_be_had_ends_with_one_line_and_the_choice_that_would_work(string choice) =>
        ChoiceCheck.RefusesAsync(AppHostProgram.Real, choice);

    [Fact]
    public Task Redis_as_an_executable_that_is_not_there_ends_with_one_line() => ChoiceCheck.MissesExecutableAsync(AppHostProgram.Real);

    [Fact]
    public Task An_engine_that_answers_but_cannot_start_a_container_is_recognised() =>
        ChoiceCheck.MissesContainersAsync(AppHostProgram.Real);

    [Fact]
    public Task An_image_that_is_not_there_and_cannot_be_pulled_is_recognised() => ChoiceCheck.MissesImageAsync(AppHostProgram.Real);

    [Theory]
    [MemberData(nameof(NextBest))]
    public Task Without_a_choice_the_next_best_is_taken_and_one_line_says_so(int machine) =>
        ChoiceCheck.TakesNextBestAsync(AppHostProgram.Real, machine);
}

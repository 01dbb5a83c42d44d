namespace McpOidc.AppHost.Tests;

/// <summary><c>--Redis</c> and <c>--IdentityProvider</c>, depending on what this machine has.</summary>
[Collection(AppHostCollection.Name)]
public sealed class ChoiceTests
{
    public static TheoryData<string> Refusals => [.. ChoiceCheck.Refusals.Keys];

    public static TheoryData<int> NextBest => [.. Enumerable.Range(0, ChoiceCheck.NextBest.Count)];

    [Theory]
    [MemberData(nameof(Refusals))]
    public Task An_impossible_choice_ends_with_a_single_line_that_names_a_working_choice(string choice) =>
        ChoiceCheck.RefusesAsync(AppHostProgram.Real, choice);

    [Fact]
    public Task The_AppHost_exits_with_a_one_line_message_when_the_Redis_executable_is_missing() =>
        ChoiceCheck.MissesExecutableAsync(AppHostProgram.Real);

    [Fact]
    public Task A_container_engine_that_responds_but_cannot_start_a_container_is_recognized() =>
        ChoiceCheck.MissesContainersAsync(AppHostProgram.Real);

    [Fact]
    public Task A_missing_image_that_cannot_be_pulled_is_recognized() => ChoiceCheck.MissesImageAsync(AppHostProgram.Real);

    [Theory]
    [MemberData(nameof(NextBest))]
    public Task The_next_best_option_is_used_by_default_and_one_line_reports_it(int machine) =>
        ChoiceCheck.TakesNextBestAsync(AppHostProgram.Real, machine);
}

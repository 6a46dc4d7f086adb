using System.Management.Automation;

namespace BrushEdit.PowerShell.Tests;

/// <summary>Plans as a user makes, writes and reads them.</summary>
public sealed class PlanCmdletTests(ModuleSession session) : IClassFixture<ModuleSession>
{
    private string Photo(string name)
    {
        string path = Path.Combine(session.Folder, name);
        if (!File.Exists(path))
        {
            session.Run($"(New-ToyScene -Seed 3).Picture | Export-EditImage -Path '{path}'").ThrowOnError();
        }

        return path;
    }

    [Fact]
    public void A_picture_and_an_instruction_give_a_plan()
    {
        PSObject plan = session.Run($"(Get-EditPlan '{Photo("a.png")}' 'remove the dog').Plan").Single();
        Assert.Equal("Remove", plan.Properties["EditType"].Value.ToString());
        Assert.Equal("dog", plan.Properties["Target"].Value);
        Assert.Equal("Rules", plan.Properties["Planner"].Value);
    }

    [Fact]
    public void Pictures_from_the_pipeline_take_the_first_word_as_instruction()
    {
        Photo("b.png");
        Photo("c.png");
        ScriptResult result = session.Run($"Import-EditImage '{session.Folder}/[bc].png' | Get-EditPlan 'make it night' | ForEach-Object {{ $_.Plan.Caption }}").ThrowOnError();
        Assert.Equal(["a picture at night", "a picture at night"], result.Output.Select(o => o.ToString()));
    }

    [Fact]
    public void What_is_not_understood_is_an_error_and_the_next_one_goes_on()
    {
        ScriptResult result = session.Run($"'frobnicate', 'remove the dog' | ForEach-Object {{ Get-EditPlan '{Photo("a.png")}' $_ }}");
        Assert.Single(result.Output);
        Assert.StartsWith("BadArgument", result.SingleError().FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_is_kept_unless_forced_and_parts_are_taken_as_given()
    {
        string script = $"$e = Get-EditPlan '{Photo("a.png")}' 'remove the dog'; $k = $e | Get-EditPlan 'make it night'; $f = $e | Get-EditPlan 'add a hat' -Force -Box 1,2,3,4; \"$($k.Plan.EditType) $($f.Plan.EditType) $($f.Plan.Box)\"";
        Assert.Equal("Remove Addition 1,2,3,4", session.Run(script).Single().ToString());
    }

    [Fact]
    public void Plans_go_to_files_and_come_back()
    {
        string photo = Photo("d.png");
        string plans = Path.Combine(session.Folder, "plans");
        session.Run($"Get-EditPlan '{photo}' 'replace the dog with a cat' | Export-EditPlan -Directory '{plans}' -WhatIf").ThrowOnError();
        Assert.False(Directory.Exists(plans));
        session.Run($"Get-EditPlan '{photo}' 'replace the dog with a cat' | Export-EditPlan -Directory '{plans}'").ThrowOnError();
        string file = Assert.Single(Directory.GetFiles(plans));
        Assert.Equal("d.png.plan.json", Path.GetFileName(file));
        Assert.Equal("a cat", session.Run($"(Import-EditImage '{photo}' | Import-EditPlan -Directory '{plans}').Plan.NewContent").Single().ToString());
        Assert.Equal("dog", session.Run($"(Import-EditPlan '{plans}/*.json').Target").Single().ToString());
        Assert.StartsWith("CannotWrite", session.Run($"Get-EditPlan '{photo}' 'remove the dog' | Export-EditPlan -Directory '{plans}'").SingleError().FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Planners_complete_and_an_unknown_one_is_refused()
    {
        PSObject[] names = [.. session.Run("(TabExpansion2 'Get-EditPlan x y -Planner O' 27).CompletionMatches | ForEach-Object { $_.CompletionText }").ThrowOnError().Output];
        Assert.Equal(["Ollama", "OpenAI"], names.Select(n => n.ToString()).Order(StringComparer.OrdinalIgnoreCase));
        Assert.Contains("Oracle", session.Run($"Get-EditPlan '{Photo("a.png")}' 'remove the dog' -Planner Oracle").SingleError().ToString());
        Assert.Contains("-Model", session.Run($"Get-EditPlan '{Photo("a.png")}' 'remove the dog' -Planner LLama").SingleError().ErrorDetails.RecommendedAction);
    }
}

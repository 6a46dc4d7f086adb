using System.Management.Automation;
using System.Management.Automation.Language;

namespace BrushEdit.PowerShell.Tests;

public sealed class ModuleTests(ModuleSession session) : IClassFixture<ModuleSession>
{
    [Fact]
    public void Exports_are_the_manifest_s_list()
    {
        string[] exported = [.. session.Run("Get-Command -Module BrushEdit").ThrowOnError().Output.Select(c => ((CommandInfo)c.BaseObject).Name).Order()];
        Assert.Equal(ManifestList("CmdletsToExport"), exported);
    }

    [Fact]
    public void Every_cmdlet_of_the_assembly_is_exported()
    {
        PSObject module = session.Run("(Get-Module BrushEdit).NestedModules").Single();
        Assert.Equal(ManifestList("CmdletsToExport"), ((PSModuleInfo)module.BaseObject).ExportedCmdlets.Keys.Order());
    }

    [Fact]
    public void The_manifest_hides_nothing_behind_wildcards()
    {
        foreach (string list in (string[])["CmdletsToExport", "FunctionsToExport", "VariablesToExport", "AliasesToExport"])
        {
            Assert.DoesNotContain(ManifestList(list), name => name.Contains('*'));
        }
    }

    [Fact]
    public void Verbs_are_approved_and_nouns_are_singular()
    {
        string[] verbs = [.. session.Run("[System.Management.Automation.VerbsCommon], [System.Management.Automation.VerbsData], "
            + "[System.Management.Automation.VerbsLifecycle], [System.Management.Automation.VerbsDiagnostic], "
            + "[System.Management.Automation.VerbsCommunications], [System.Management.Automation.VerbsSecurity], "
            + "[System.Management.Automation.VerbsOther] | ForEach-Object { $_.GetFields().Name }").ThrowOnError().Output.Select(v => v.ToString())];
        foreach (string name in ManifestList("CmdletsToExport"))
        {
            string[] parts = name.Split('-');
            Assert.Contains(parts[0], verbs);
            Assert.False(parts[1].EndsWith('s'), name);
        }
    }

    [Fact]
    public void Every_cmdlet_says_what_it_gives()
    {
        foreach (string name in ManifestList("CmdletsToExport"))
        {
            Assert.True(((CommandInfo)session.Run($"Get-Command {name}").Single().BaseObject).OutputType.Count > 0, $"{name} has no [OutputType].");
        }
    }

    [Fact]
    public void Cmdlets_live_in_a_load_context_of_their_own()
    {
        object context = session.Run(
            "[System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext([BrushEdit.Loader.ModuleLoader]::GetCmdlets()).Name").Single().BaseObject;
        Assert.Equal("BrushEdit", context);
    }

    [Fact]
    public void Importing_twice_with_force_gives_the_same_module()
    {
        session.Run($"Import-Module '{Checkout.Manifest}' -Force").ThrowOnError();
        Exports_are_the_manifest_s_list();
    }

    internal static string[] ManifestList(string key)
    {
        ScriptBlockAst manifest = Parser.ParseFile(Checkout.Manifest, out _, out ParseError[] errors);
        Assert.Empty(errors);
        HashtableAst table = (HashtableAst)manifest.Find(ast => ast is HashtableAst, searchNestedScriptBlocks: false);
        StatementAst value = table.KeyValuePairs.Single(pair => pair.Item1.Extent.Text == key).Item2;
        return [.. value.FindAll(ast => ast is StringConstantExpressionAst, false).Select(ast => ((StringConstantExpressionAst)ast).Value).Order()];
    }
}

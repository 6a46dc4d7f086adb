using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;
using System.Xml.Linq;

namespace BrushEdit.PowerShell.Tests;

/// <summary>The views of module/BrushEdit.Format.ps1xml.</summary>
public sealed class FormatTests(ModuleSession session) : IClassFixture<ModuleSession>
{
    private static readonly XDocument Views = XDocument.Load(Path.Combine(Checkout.Root, "module", "BrushEdit.Format.ps1xml"));

    [Fact]
    public void Every_view_is_of_a_type_that_is_there_and_of_properties_it_has()
    {
        Assembly cmdlets = ((CmdletInfo)session.Run("Get-Command New-ToyScene").Single().BaseObject).ImplementingType.Assembly;
        Assembly library = session.Run("(New-ToyScene -Seed 1).Picture").Single().BaseObject.GetType().Assembly;
        foreach (XElement view in Views.Descendants("View"))
        {
            string name = view.Descendants("TypeName").Single().Value;
            Type? type = library.GetType(name) ?? cmdlets.GetType(name);
            Assert.True(type is not null, $"There is no type '{name}'.");
            foreach (XElement property in view.Descendants("PropertyName"))
            {
                Assert.True(type.GetProperty(property.Value) is not null, $"'{name}' has no property '{property.Value}'.");
            }

            foreach (XElement script in view.Descendants("ScriptBlock"))
            {
                ScriptBlockAst parsed = Parser.ParseInput(script.Value, out _, out ParseError[] errors);
                Assert.True(errors.Length == 0, script.Value);

                // What a script asks of the object itself must be there as well.
                foreach (MemberExpressionAst member in parsed.FindAll(ast => ast is MemberExpressionAst { Expression: VariableExpressionAst { VariablePath.UserPath: "_" } }, false).Cast<MemberExpressionAst>())
                {
                    Assert.True(type.GetMember(((StringConstantExpressionAst)member.Member).Value).Length > 0, $"'{name}' has no '{member.Member}'.");
                }
            }

            Assert.Equal(view.Descendants("TableColumnHeader").Count(), view.Descendants("TableColumnItem").Count());
        }
    }

    [Fact]
    public void Plans_and_verdicts_are_shown_as_tables()
    {
        string photo = Path.Combine(session.Folder, "views.png");
        session.Run($"New-ToyScene -Seed 3 -Width 64 -Height 48 | Export-EditImage -Path '{photo}'").ThrowOnError();
        ShellResult result = Shell.Run("-Command", $$"""
            $edit = Get-EditPlan '{{photo}}' 'replace the dog with a cat'
            $edit.Plan | Out-Default
            $library = $edit.GetType().Assembly
            $check = [activator]::CreateInstance($library.GetType('BrushEdit.Verification.EditCheck'), @('Gone', $false, 0.25, 'It is still there.'))
            $checks = [array]::CreateInstance($check.GetType(), 1)
            $checks[0] = $check
            $verdict = [activator]::CreateInstance($library.GetType('BrushEdit.Verification.EditVerdict'), @($false, 0.25, $checks))
            $verdict | Out-Default
            $verdict.Checks | Out-Default
            [activator]::CreateInstance($library.GetType('BrushEdit.Verification.EditAttempt'), @(1, 'another seed', [long] 7, $verdict, $true))
            """);
        Assert.Equal(string.Empty, result.Errors);
        string[] lines = [.. result.Lines.Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Contains("EditType Target NewContent Caption Planner Confidence", lines);
        Assert.Contains(lines, line => line.StartsWith("Local dog a cat ", StringComparison.Ordinal) && line.Contains(" Rules ", StringComparison.Ordinal));
        Assert.Contains("Passed Score Reason", lines);
        Assert.Contains("False 0.25 It is still there.", lines);
        Assert.Contains("Check Passed Score Reason", lines);
        Assert.Contains("Gone False 0.25 It is still there.", lines);
        Assert.Contains("1 True False 0.25 7 another seed", lines);
    }
}

using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace BrushEdit.PowerShell.Tests;

/// <summary>The help a user gets, as <c>Get-Help</c> gives it.</summary>
public sealed class HelpTests(ModuleSession session) : IClassFixture<ModuleSession>
{
    public static TheoryData<string> Cmdlets => [.. ModuleTests.ManifestList("CmdletsToExport")];

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Synopsis_and_description_are_written(string cmdlet)
    {
        PSObject help = session.Run($"Get-Help {cmdlet} -Full").Single();
        string synopsis = Text(help, "Synopsis");
        Assert.True(synopsis.Length > 10 && !synopsis.Contains(cmdlet + " [", StringComparison.Ordinal), $"{cmdlet} has no synopsis: '{synopsis}'.");
        Assert.NotEqual(string.Empty, Paragraphs(help.Properties["description"]?.Value));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Every_parameter_is_described(string cmdlet)
    {
        CommandInfo command = (CommandInfo)session.Run($"Get-Command {cmdlet}").Single().BaseObject;
        PSObject help = session.Run($"Get-Help {cmdlet} -Full").Single();
        Dictionary<string, string> described = Items(((PSObject)help.Properties["parameters"].Value).Properties["parameter"].Value)
            .ToDictionary(p => Text(p, "name"), p => Paragraphs(p.Properties["description"]?.Value));
        foreach (string parameter in command.Parameters.Keys.Except(Cmdlet.CommonParameters))
        {
            Assert.True(described.TryGetValue(parameter, out string? text) && text.Length > 0, $"{cmdlet} -{parameter} has no description.");
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Syntax_lists_every_parameter_set(string cmdlet)
    {
        CommandInfo command = (CommandInfo)session.Run($"Get-Command {cmdlet}").Single().BaseObject;
        PSObject help = session.Run($"Get-Help {cmdlet} -Full").Single();
        Assert.Equal(command.ParameterSets.Count, Items(((PSObject)help.Properties["syntax"].Value).Properties["syntaxItem"].Value).Count());
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Examples_parse_and_use_parameters_that_exist(string cmdlet)
    {
        PSObject help = session.Run($"Get-Help {cmdlet} -Full").Single();
        PSObject[] examples = Items((help.Properties["examples"]?.Value as PSObject)?.Properties["example"]?.Value).ToArray();
        Assert.NotEmpty(examples);
        bool shown = false;
        foreach (PSObject example in examples)
        {
            string code = Text(example, "code");
            ScriptBlockAst script = Parser.ParseInput(code, out _, out ParseError[] errors);
            Assert.True(errors.Length == 0, $"{cmdlet}: '{code}' does not parse.");
            foreach (CommandAst command in script.FindAll(ast => ast is CommandAst, true).Cast<CommandAst>())
            {
                string name = command.GetCommandName();
                shown |= name == cmdlet;
                if (ModuleTests.ManifestList("CmdletsToExport").Contains(name))
                {
                    CommandInfo info = (CommandInfo)session.Run($"Get-Command {name}").Single().BaseObject;
                    foreach (CommandParameterAst parameter in command.CommandElements.OfType<CommandParameterAst>())
                    {
                        // Throws where there is no such parameter, or where a shortened name is ambiguous.
                        Assert.NotNull(info.ResolveParameter(parameter.ParameterName));
                    }
                }
            }
        }

        Assert.True(shown, $"No example of {cmdlet} calls it.");
    }

    private static string Text(PSObject item, string property) => item.Properties[property]?.Value?.ToString()?.Trim() ?? string.Empty;

    private static string Paragraphs(object? value) => string.Join('\n', Items(value).Select(p => Text(p, "Text"))).Trim();

    private static IEnumerable<PSObject> Items(object? value) => value switch
    {
        null => [],
        PSObject { BaseObject: IEnumerable list and not string } => list.Cast<object>().Select(PSObject.AsPSObject),
        IEnumerable list and not string => list.Cast<object>().Select(PSObject.AsPSObject),
        _ => [PSObject.AsPSObject(value)],
    };
}

using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;

namespace BrushEdit.Shell;

/// <summary>Plain functions in the place of common commands that live outside the engine.</summary>
internal static class StandIns
{
    private const string Resource = "StandIns.ps1";

    /// <summary>Defines those that the engine lacks.</summary>
    /// <param name="runspace">An open runspace.</param>
    public static void Define(Runspace runspace)
    {
        using Stream stream = typeof(StandIns).Assembly.GetManifestResourceStream(Resource)!;
        using StreamReader reader = new(stream);
        ScriptBlockAst script = Parser.ParseInput(reader.ReadToEnd(), Resource, out _, out _);
        foreach (FunctionDefinitionAst function in script.EndBlock.Statements.OfType<FunctionDefinitionAst>())
        {
            if (runspace.SessionStateProxy.InvokeCommand.GetCommand(function.Name, CommandTypes.Cmdlet) is null)
            {
                runspace.SessionStateProxy.InvokeProvider.Item.Set("function:" + function.Name, function.Body.GetScriptBlock());
            }
        }
    }
}

using System.Text.RegularExpressions;
using BrushEdit.Tests.Parity;

namespace BrushEdit.Tests;

/// <summary>The examples, which also lie in the folder of an installed module, where nothing of the user's belongs.</summary>
public sealed class ExampleTests
{
    private static readonly string Examples = Path.GetFullPath(Path.Combine(Fixtures.Root, "..", "..", "examples"));

    [Fact]
    public void Their_output_goes_into_the_current_location()
    {
        string[] scripts = Directory.GetFiles(Examples, "*.ps1");
        Assert.NotEmpty(scripts);
        foreach (string script in scripts)
        {
            string text = File.ReadAllText(script);
            Match folder = Regex.Match(text, @"^ *\[string\] \$OutputFolder = (.*)$", RegexOptions.Multiline);
            Assert.True(folder.Success, script);
            Assert.DoesNotContain("PSScriptRoot", folder.Groups[1].Value, StringComparison.Ordinal);
            Assert.Contains("$PSCmdlet.GetUnresolvedProviderPathFromPSPath($OutputFolder)", text, StringComparison.Ordinal);
        }
    }
}

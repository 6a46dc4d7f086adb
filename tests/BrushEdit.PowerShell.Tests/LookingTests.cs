using System.Diagnostics;
using System.Management.Automation;

namespace BrushEdit.PowerShell.Tests;

/// <summary>Looking at edits: in the terminal and in a report.</summary>
public sealed class LookingTests(ModuleSession session) : IClassFixture<ModuleSession>
{
    private readonly string folder = Directory.CreateDirectory(Path.Combine(session.Folder, Guid.NewGuid().ToString("N"))).FullName;

    private ScriptResult Run(string script) => session.Run(script, ("folder", folder));

    private string Scene(string name)
    {
        session.Run("New-ToyScene -Seed 3 -Width 64 -Height 48 | Export-EditImage -Path $file", ("file", Path.Combine(folder, name))).ThrowOnError();
        return Path.Combine(folder, name);
    }

    [Theory]
    [InlineData("Show-EditImage $folder/one.png", "one.png: picture, 64 x 48")]
    [InlineData("Show-EditImage $folder/one.png -Protocol Sixel", "one.png: picture, 64 x 48")]
    [InlineData("Import-EditImage $folder/one.png | New-EditMask -Box 1,2,3,4 | Show-EditImage", "one.png: overlay, 64 x 48")]
    [InlineData("Import-EditImage $folder/one.png | New-EditMask -Box 1,2,3,4 | Show-EditImage -Content Mask, Picture", "one.png: mask, 64 x 48|one.png: picture, 64 x 48")]
    [InlineData("$e = Import-EditImage $folder/one.png; $e.Result = $e.Picture; $e | Show-EditImage", "one.png: result, 64 x 48")]
    [InlineData("New-EditMask -Box 1,2,3,4 -Width 9 -Height 8 | Show-EditImage", "mask, 9 x 8")]
    [InlineData("New-ToyScene -Seed 3 -Width 64 -Height 48 | Show-EditImage", "picture, 64 x 48")]
    [InlineData("(New-ToyScene -Seed 3 -Width 64 -Height 48).Picture | Show-EditImage", "picture, 64 x 48")]
    public void Text_is_all_there_is_where_no_terminal_is(string script, string lines)
    {
        Scene("one.png");
        ScriptResult result = Run($"$( {script} ) 6>&1");
        Assert.Equal(lines.Split('|'), result.ThrowOnError().Output.Select(line => line.ToString()));
    }

    [Fact]
    public void Pictures_do_not_go_into_the_pipeline_and_edits_do_on_request()
    {
        Scene("one.png");
        Assert.Empty(Run("Show-EditImage $folder/one.png").ThrowOnError().Output);
        Assert.Equal("one.png", Run("Import-EditImage $folder/one.png | Show-EditImage -PassThru").Single().Properties["Name"].Value);
        Assert.Equal("4,5,6,7", Run("(New-EditMask -Box 4,5,6,7 -Width 64 -Height 48 | Show-EditImage -PassThru).Bounds").Single().ToString());
    }

    [Theory]
    [InlineData("Import-EditImage $folder/one.png | Show-EditImage -Content Result", "MissingStage")]
    [InlineData("Import-EditImage $folder/one.png | Show-EditImage -Content Mask", "MissingStage")]
    [InlineData("Import-EditImage $folder/one.png | Show-EditImage -Content Detections", "MissingStage")]
    [InlineData("Show-EditImage $folder/none.png", "NotFound")]
    [InlineData("42 | Export-EditReport $folder/report.html", "BadArgument")]
    [InlineData("Import-EditImage $folder/one.png | Export-EditReport $folder", "CannotWrite")]
    [InlineData("Import-EditImage $folder/one.png | Export-EditReport $folder/one.png", "CannotWrite")]
    [InlineData("Import-EditImage $folder/one.png | Export-EditReport $folder/one.png/report.html", "CannotWrite")]
    public void Faults_have_an_id_and_say_what_to_do(string script, string id)
    {
        Scene("one.png");
        ErrorRecord error = Run(script).SingleError();
        Assert.Equal(id, error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.False(string.IsNullOrEmpty(error.ErrorDetails?.RecommendedAction), error.ToString());
    }

    [Theory]
    [InlineData("HalfBlock", "xterm-256color", "", "\u001b[38;5;")]
    [InlineData("HalfBlock", "xterm-256color", "truecolor", "\u001b[38;2;")]
    [InlineData("Auto", "xterm-kitty", "", "\u001b_Ga=T,f=100,q=2,c=16,m=")]
    [InlineData("Sixel", "linux", "", "\u001bP0;1;0q\"1;1;160;120")]
    [InlineData("Auto", "linux", "", "\u001b[38;5;")]
    public void A_terminal_gets_a_picture(string protocol, string term, string colors, string sequence)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no 'script' here that makes a terminal.");
        string text = InTerminal($"Show-EditImage '{Scene("one.png")}' -Protocol {protocol} -Width 16", ("TERM", term), ("COLORTERM", colors));
        Assert.Contains(sequence, text, StringComparison.Ordinal);
        Assert.Contains("one.png: picture, 64 x 48", text, StringComparison.Ordinal);
        int blocks = text.Count(letter => letter == '\u2580');
        Assert.Equal(sequence.Contains("[38", StringComparison.Ordinal) ? 16 * 6 : 0, blocks);
    }

    [Theory]
    [InlineData("\u001b[6;30;15t\u001b[?2;0;1000;1000S\u001b[?63;1;4;22c", "Draws with Sixel", "\u001bP0;1;0q\"1;1;240;180")]
    [InlineData("\u001b_Gi=1;OK\u001b\\\u001b[?62;22c", "Draws with Kitty", "\u001b_Ga=T,f=100,q=2,c=16,m=")]
    [InlineData("\u001b[?62;22c", "Draws with HalfBlock", "\u001b[38;5;")]
    public void A_terminal_is_asked_what_it_can_draw(string answer, string choice, string sequence)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no 'script' here that makes a terminal.");
        using Process process = StartInTerminal($"Show-EditImage '{Scene("one.png")}' -Width 16 -Verbose");
        string asked = string.Empty;
        for (int read = process.StandardOutput.Read(); read >= 0; read = process.StandardOutput.Read())
        {
            asked += (char)read;
            if (asked.EndsWith("\u001b[c", StringComparison.Ordinal))
            {
                break;
            }
        }

        process.StandardInput.Write(answer);
        process.StandardInput.Flush();
        ShellResult result = Shell.End(process);
        Assert.Contains(choice, result.Output, StringComparison.Ordinal);
        Assert.Contains(sequence, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM", "dumb")]
    [InlineData("NO_COLOR", "1")]
    public void A_terminal_that_wants_plain_text_gets_it(string variable, string value)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no 'script' here that makes a terminal.");
        string text = InTerminal($"Show-EditImage '{Scene("one.png")}' -Protocol HalfBlock", (variable, value));
        Assert.EndsWith("one.png: picture, 64 x 48", text.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u2580', text);
        Assert.DoesNotContain("\u001b[38", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_holds_every_edit_and_gets_its_name_last()
    {
        Scene("one.png");
        FileInfo file = (FileInfo)Run("1, 2 | ForEach-Object { Import-EditImage $folder/one.png | New-EditMask -Box 1,2,30,20 } | Export-EditReport $folder/new/report.html -Title 'One & all'").Single().BaseObject;
        string page = File.ReadAllText(file.FullName);
        Assert.Contains("<title>One &amp; all</title>", page, StringComparison.Ordinal);
        Assert.Contains("id=\"edit-2\"", page, StringComparison.Ordinal);
        Assert.Equal(["report.html"], Directory.GetFiles(file.DirectoryName!).Select(Path.GetFileName));
    }

    [Fact]
    public void A_report_that_is_there_is_replaced_on_request_only()
    {
        Scene("one.png");
        File.WriteAllText(Path.Combine(folder, "report.html"), "mine");
        ErrorRecord error = Run("Import-EditImage $folder/one.png | Export-EditReport $folder/report.html").SingleError();
        Assert.Contains("-Force", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(folder, "report.html")));
        Assert.Equal("one.png", Run("Import-EditImage $folder/one.png | Export-EditReport $folder/report.html -Force -PassThru").Single().Properties["Name"].Value);
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(Path.Combine(folder, "report.html")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Import-EditImage $folder/one.png | Export-EditReport $folder/new/report.html -WhatIf")]
    [InlineData("& { Import-EditImage $folder/one.png; throw 'broken' } | Export-EditReport $folder/new/report.html")]
    [InlineData("Import-EditImage $folder/none.png | Export-EditReport $folder/new/report.html")]
    public void Nothing_is_left_where_no_report_was_made(string script)
    {
        Scene("one.png");
        Run(script);
        Assert.Empty(Directory.Exists(Path.Combine(folder, "new")) ? Directory.GetFileSystemEntries(Path.Combine(folder, "new")) : []);
    }

    [Fact]
    public void A_report_of_nothing_is_a_warning() =>
        Assert.Contains("No edit came", Assert.Single(Run("@() | Export-EditReport $folder/report.html").ThrowOnError().Warnings), StringComparison.Ordinal);

    // Runs commands in the host on a terminal of their own, and gives what the terminal got.
    private static string InTerminal(string commands, params (string Name, string Value)[] variables)
    {
        using Process process = StartInTerminal(commands, variables);
        ShellResult result = Shell.End(process);
        Assert.True(result.Code == 0, result.Output + result.Errors);
        return result.Output;
    }

    private static Process StartInTerminal(string commands, params (string Name, string Value)[] variables)
    {
        ProcessStartInfo start = new("/usr/bin/script", ["-qec", $"dotnet '{Checkout.ShellProgram}' -Command \"$BRUSHEDIT_COMMANDS\"", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        foreach (string name in (string[])["NO_COLOR", "COLORTERM", "TMUX", "STY", "TERM_PROGRAM", "KITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "KONSOLE_VERSION", "WT_SESSION"])
        {
            start.Environment.Remove(name);
        }

        start.Environment["TERM"] = "xterm-256color";
        start.Environment["BRUSHEDIT_COMMANDS"] = commands;
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}

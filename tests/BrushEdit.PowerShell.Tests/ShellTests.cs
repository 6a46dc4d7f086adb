using System.Diagnostics;

namespace BrushEdit.PowerShell.Tests;

/// <summary>The console host, started as a program.</summary>
public sealed class ShellTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("brushedit-shell-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_script_gets_its_parameters_and_knows_its_folder()
    {
        string script = Script("hello [1].ps1", """
            param([string]$Name, [switch]$Fast, [int]$Count, [switch]$Quiet, [Parameter(Position = 0)][string[]]$Files)
            "$Name|$Fast|$Count|$Quiet|$($Files -join '+')"
            $PSScriptRoot
            $PSCommandPath
            """);
        ShellResult result = Shell.Run(script, "-Name", "a b", "-Count:-3", "one.png", "-Fast", "-Quiet:$false");
        Assert.Equal(["a b|True|-3|False|one.png", folder, script], result.Lines);
        Assert.Equal((0, string.Empty), (result.Code, result.Errors));
    }

    [Fact]
    public void A_script_without_parameters_gets_args()
    {
        ShellResult result = Shell.Run(Script("args.ps1", "$args -join '|'"), "one", "-2", "three four");
        Assert.Equal(["one|-2|three four"], result.Lines);
    }

    [Theory]
    [InlineData("1 + 1", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("throw 'no'", 1)]
    [InlineData("Import-Module no-such-module", 1)]
    [InlineData("Import-Module no-such-module; exit 0", 0)]
    [InlineData("Import-Module no-such-module -ErrorAction SilentlyContinue", 0)]
    [InlineData("try { throw 'no' } catch { 'caught' }", 0)]
    [InlineData("$ErrorActionPreference = 'Stop'; Import-Module no-such-module; exit 0", 1)]
    [InlineData("this does { not parse", 1)]
    public void The_exit_code_tells_whether_there_was_an_error(string commands, int code)
    {
        Assert.Equal(code, Shell.Run("-Command", commands).Code);
        Assert.Equal(code, Shell.Run(Script("code.ps1", commands)).Code);
    }

    [Fact]
    public void Errors_go_to_standard_error_with_their_place_and_the_script_goes_on()
    {
        ShellResult result = Shell.Run(Script("errors.ps1", "'before'\nImport-Module no-such-module\n'after'"));
        Assert.Equal(["before", "after"], result.Lines);
        Assert.Contains("no-such-module", result.Errors, StringComparison.Ordinal);
        Assert.Contains("errors.ps1:2", result.Errors, StringComparison.Ordinal);
        Assert.Equal(1, result.Code);
    }

    [Fact]
    public void Objects_are_formatted_as_plain_text_where_output_is_no_terminal()
    {
        ShellResult result = Shell.Run("-Command", "[pscustomobject]@{ Left = 1; Right = 'two' }");
        Assert.Equal(["Left Right", "---- -----", "1 two"], result.Lines.Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    [Fact]
    public void The_module_is_there_and_libtorch_is_not()
    {
        ShellResult result = Shell.Run("-Command", """
            (Get-Module BrushEdit).Name
            (Get-Command -Module BrushEdit | ForEach-Object Name) -join ' '
            if ([System.IO.File]::Exists('/proc/self/maps')) { [System.IO.File]::ReadAllText('/proc/self/maps').Contains('libtorch') } else { $false }
            """);
        Assert.Equal(["BrushEdit", string.Join(' ', ModuleTests.ManifestList("CmdletsToExport")), "False"], result.Lines);
    }

    [Fact]
    public void Natives_are_found_by_the_module_s_load_context()
    {
        ShellResult result = Shell.Run("-Command", """
            $context = [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext([BrushEdit.Loader.ModuleLoader]::GetCmdlets())
            $torch = $context.LoadFromAssemblyName([System.Reflection.AssemblyName]::new('TorchSharp')).GetType('TorchSharp.torch')
            $torch.GetMethod('set_num_threads').Invoke($null, @(1))
            $torch.GetMethod('get_num_threads').Invoke($null, $null)
            $vips = $context.LoadFromAssemblyName([System.Reflection.AssemblyName]::new('NetVips')).GetType('NetVips.NetVips')
            $vips.GetMethod('Version').Invoke($null, @(0, $false))
            """);
        Assert.Equal((0, string.Empty), (result.Code, result.Errors));
        Assert.Equal("1", result.Lines[0]);
        Assert.Equal("8", result.Lines[1]);
    }

    [Fact]
    public void Standard_input_is_run_on_request() =>
        Assert.Equal(["42"], Shell.Run("6 * 7", ["-Command", "-"]).Lines);

    [Theory]
    [InlineData(2)]
    [InlineData(2, "-NoSuchOption")]
    [InlineData(2, "-Command")]
    [InlineData(1, "no-such-script.ps1")]
    public void Wrong_usage_is_told_apart(int code, params string[] arguments)
    {
        ShellResult result = Shell.Run(arguments);
        Assert.Equal((code, string.Empty), (result.Code, result.Output));
        Assert.Contains("brushedit: ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_question_without_a_person_is_an_error_not_a_wait()
    {
        ShellResult result = Shell.Run("-Command", "$Host.UI.ReadLine()");
        Assert.Equal(1, result.Code);
        Assert.Contains("nobody", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupt_stops_the_pipeline()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        using Process process = Shell.Start("-Command", "'started'; try { [System.Threading.Thread]::Sleep(100); while ($true) { [System.Threading.Thread]::Sleep(10) } } finally { $Host.UI.WriteLine('cleaned') }");
        process.StandardInput.Close();
        Assert.Equal("started", process.StandardOutput.ReadLine());
        using Process kill = Process.Start("kill", ["-INT", process.Id.ToString()]);
        kill.WaitForExit();
        ShellResult result = Shell.End(process);
        Assert.Equal((130, "cleaned"), (result.Code, result.Output.Trim()));
    }

    private string Script(string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}

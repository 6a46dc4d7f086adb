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

    [Theory]
    [InlineData("$scene", "7 64 x 48 ")]
    [InlineData("$scene.Picture", "64 x 48 Rgb 8 Png")]
    [InlineData("New-EditMask -Box 0,0,32,24 -Width 64 -Height 48", "64 x 48 25.0 % 0,0,32,24 hard")]
    [InlineData("$scene | Export-EditImage -Path (Join-Path $PWD s.png) -PassThru | ForEach-Object { Import-EditImage s.png | New-EditMask -Box 0,0,32,24 }", "s.png 64 x 48 Png 25.0 % mask")]
    public void Views_show_what_matters_on_a_line(string commands, string line)
    {
        string script = Script("view.ps1", $"$null = $ExecutionContext.SessionState.Path.SetLocation('{folder}')\n$scene = New-ToyScene -Seed 7 -Width 64 -Height 48\n{commands}");
        ShellResult result = Shell.Run(script);
        Assert.Equal((0, string.Empty), (result.Code, result.Errors));
        Assert.Contains(result.Lines, text => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries)).StartsWith(line, StringComparison.Ordinal));
    }

    [Fact]
    public void Stand_ins_do_what_scripts_need_of_them()
    {
        string script = Script("standins.ps1", """
            param([string]$Folder)
            $made = New-Item -ItemType Directory -Path (Join-Path $Folder sub deep)
            $made.Name
            $null = New-Item -Path (Join-Path $made.FullName one.txt)
            $null = New-Item (Join-Path $made.FullName two.dat)
            (Get-ChildItem -Path $Folder -Filter *.txt -Recurse -File | Select-Object -ExpandProperty Name) -join ','
            (Get-ChildItem $made.FullName | Sort-Object Name -Descending | Select-Object Name | ForEach-Object { $_.Name }) -join ','
            (3, 1, 2 | Sort-Object | Select-Object -First 2) -join ','
            (3, 1, 2 | Sort-Object { -$_ } | Select-Object -Last 1) -join ','
            (1, 2, 3 | Select-Object -Skip 1) -join ','
            (1 | Select-Object @{ Name = 'Twice'; Expression = { 2 * $_ } }).Twice
            (Test-Path $made.FullName), (Test-Path (Join-Path $Folder none)), (Test-Path $made.FullName -PathType Leaf), (Test-Path -LiteralPath $made.FullName -PathType Container) -join ','
            (Get-Item (Join-Path $made.FullName *.txt)).Name
            (Resolve-Path (Join-Path $made.FullName *.dat)).Path -eq (Join-Path $made.FullName two.dat)
            Write-Output (1, 2) | ForEach-Object { "item $_" }
            Write-Host to the console
            Write-Verbose unseen
            Write-Warning seen
            Write-Error wrong
            """);
        ShellResult result = Shell.Run(script, "-Folder", folder);
        Assert.Equal(
            ["deep", "one.txt", "two.dat,one.txt", "1,2", "1", "2,3", "2", "True,False,False,True", "one.txt", "True", "item 1", "item 2", "to the console"], result.Lines);
        Assert.Equal(1, result.Code);
        Assert.Contains("WARNING: seen", result.Errors, StringComparison.Ordinal);
        Assert.Contains("wrong", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("unseen", result.Errors, StringComparison.Ordinal);
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

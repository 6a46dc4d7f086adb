using System.Management.Automation;
using System.Text;
using BrushEdit.Tests.Installation;

namespace BrushEdit.PowerShell.Tests;

/// <summary><c>Install-EditModel</c> against a hub on this machine. SAM's small parity case stands for the large checkpoints.</summary>
public sealed class InstallTests : IClassFixture<ModuleSession>, IDisposable
{
    private const string Endpoint = "HF_ENDPOINT";

    private readonly ModuleSession session;
    private readonly HubServer hub;
    private readonly string root;

    public InstallTests(ModuleSession session)
    {
        this.session = session;
        string source = Path.Combine(Checkout.Root, "tests", "fixtures", "parity", "sam");
        hub = new HubServer(new Dictionary<string, byte[]>
        {
            ["config.json"] = File.ReadAllBytes(Path.Combine(source, "config.json")),
            ["preprocessor_config.json"] = "{}"u8.ToArray(),
            ["model.safetensors"] = File.ReadAllBytes(Path.Combine(source, "model.safetensors")),
        });
        root = Directory.CreateTempSubdirectory("brushedit-install-").FullName;
        Environment.SetEnvironmentVariable(Endpoint, hub.Root.AbsoluteUri);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Endpoint, null);
        hub.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void A_model_is_installed_and_given()
    {
        ScriptResult result = Run("Install-EditModel sam-vit-large -Destination $root -Force");
        PSObject model = result.Single();
        Assert.Equal("BrushEdit.PowerShell.EditModel", model.BaseObject.GetType().FullName);
        Assert.Equal(("sam-vit-large", "Sam"), (model.Properties["Name"].Value, model.Properties["Kind"].Value.ToString()));
        Assert.True(File.Exists(Path.Combine(root, "sam-vit-large", "model.safetensors")));
        Assert.Contains(result.Progress, at => at.Activity == "Installing sam-vit-large");
        Assert.Equal(ProgressRecordType.Completed, result.Progress[^1].RecordType);

        // Again: it is there, and nobody is asked.
        int asked = hub.Calls.Count;
        Run("'sam-vit-large' | Install-EditModel -Destination $root").Single();
        Assert.Equal(asked, hub.Calls.Count);
    }

    [Fact]
    public void A_large_one_is_asked_about_and_nobody_there_is_told_of_Force()
    {
        ErrorRecord fault = Run("Install-EditModel sam-vit-large -Destination $root").SingleError();
        Assert.StartsWith("BadArgument", fault.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("1.25 GB", fault.ToString());
        Assert.Contains("Apache-2.0", fault.ToString());
        Assert.Contains("-Force", fault.ErrorDetails.RecommendedAction);
        Assert.Empty(hub.Calls);
        Assert.Single(Run("Install-EditModel sam-vit-large -Destination $root -Confirm:$false").ThrowOnError().Output);
    }

    [Fact]
    public void One_that_fails_does_not_keep_the_others_from_coming()
    {
        // The list knows another length and hash for the first; the third is no name.
        ScriptResult result = Run("Install-EditModel sam-vit-base, sam-vit-large, sdxl, sam-vit-huge -Destination $root -Force");
        Assert.Equal(["sam-vit-large", "sam-vit-huge"], result.Output.Select(model => model.Properties["Name"].Value));
        Assert.Equal(["BadDownload", "BadArgument"], result.Errors.Select(fault => fault.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Contains("sam-vit-huge", result.Errors[1].ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Wildcards_mean_all_that_match()
    {
        ScriptResult result = Run("Install-EditModel SAM-vit-[lh]* -Destination $root -Force").ThrowOnError();
        Assert.Equal(["sam-vit-large", "sam-vit-huge"], result.Output.Select(model => model.Properties["Name"].Value));
        Assert.StartsWith("BadArgument", Run("Install-EditModel sam-vit-x* -Destination $root").SingleError().FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_C_leaves_the_part_and_the_next_run_goes_on()
    {
        byte[] weights = hub.Files["model.safetensors"];
        hub.Instead = async (call, response, cancellation) =>
        {
            if (!call.Path.EndsWith("/model.safetensors", StringComparison.Ordinal))
            {
                return false;
            }

            response.ContentLength64 = weights.Length;
            await response.OutputStream.WriteAsync(weights.AsMemory(0, 300_000), cancellation);
            await response.OutputStream.FlushAsync(cancellation);
            await Task.Delay(Timeout.Infinite, cancellation);
            return true;
        };
        using (System.Management.Automation.PowerShell shell = System.Management.Automation.PowerShell.Create(session.Runspace))
        {
            shell.AddScript($"Install-EditModel sam-vit-large -Destination '{root}' -Force");
            IAsyncResult running = shell.BeginInvoke();
            while (!running.IsCompleted && Parts().Sum(part => new FileInfo(part).Length) < 300_000)
            {
                Thread.Sleep(5);
            }

            shell.Stop();
            Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        }

        Assert.Single(Parts());
        Assert.False(Directory.Exists(Path.Combine(root, "sam-vit-large")));
        hub.Instead = null;
        Run("Install-EditModel sam-vit-large -Destination $root -Force").Single();
        Assert.Equal(300_000, hub.CallsFor("model.safetensors").Last().From);

        string[] Parts() => Directory.GetFiles(root, "*.part", SearchOption.AllDirectories);
    }

    [Fact]
    public void Verify_mends_a_spoilt_file()
    {
        Run("Install-EditModel sam-vit-large -Destination $root -Force").Single();
        string file = Path.Combine(root, "sam-vit-large", "model.safetensors");
        byte[] right = File.ReadAllBytes(file);
        File.WriteAllBytes(file, [.. right[..^1], (byte)~right[^1]]);
        Run("Install-EditModel sam-vit-large -Destination $root -Verify -Force").Single();
        Assert.Equal(right, File.ReadAllBytes(file));
    }

    [Theory]
    [InlineData("Install-EditModel sam-vit-large -Destination $file", "CannotWrite")]
    [InlineData("Install-EditModel sam-vit-large -Destination env:PATH", "NotFound")]
    public void A_destination_that_is_no_folder_ends_it(string script, string id)
    {
        string file = Path.Combine(root, "file");
        File.WriteAllText(file, "");
        Assert.StartsWith(id, session.Run(script, ("file", file)).SingleError().FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_completed_with_sizes_and_licences()
    {
        const string line = "Install-EditModel grounding";
        CommandCompletion completion = (CommandCompletion)session.Run($"[System.Management.Automation.CommandCompletion]::CompleteInput('{line}', {line.Length}, $null)").Single().BaseObject;
        Assert.Equal(["grounding-dino-tiny", "grounding-dino-base"], completion.CompletionMatches.Select(match => match.CompletionText));
        Assert.Contains("690 MB, Apache-2.0", completion.CompletionMatches[0].ToolTip);
    }

    // As a user does it, in a process of its own: told first, then installed, then listed by name.
    [Fact]
    public void WhatIf_tells_size_and_licence_and_goes_nowhere_and_what_is_installed_is_listed()
    {
        string script = Path.Combine(root, "install.ps1");
        File.WriteAllText(script, $$"""
            $env:{{Endpoint}} = '{{hub.Root}}'
            $env:BRUSHEDIT_MODELS = '{{root}}'
            Install-EditModel sam-vit-large, sd15 -WhatIf
            "calls: $((Get-EditModel sam* | ForEach-Object Name) -join ' ')"
            Install-EditModel sam-vit-large -Force | ForEach-Object { "installed $($_.Name)" }
            "there: $((Get-EditModel sam* | ForEach-Object Name) -join ' ')"
            """, Encoding.UTF8);
        ShellResult result = Shell.Run(script);
        Assert.Equal(0, result.Code);
        string told = string.Join('\n', result.Lines) + result.Errors;
        Assert.Contains("about 1.25 GB", told);
        Assert.Contains("4.27 GB", told);
        Assert.Contains("CreativeML OpenRAIL-M", told);
        Assert.Contains("calls: \n", told.Replace("calls:\n", "calls: \n", StringComparison.Ordinal));
        Assert.Contains("installed sam-vit-large", told);
        Assert.Contains("there: sam-vit-large", told);
        Assert.All(hub.Calls, call => Assert.Contains("sam-vit-large", call.Path));
    }

    private ScriptResult Run(string script) => session.Run(script, ("root", root));
}

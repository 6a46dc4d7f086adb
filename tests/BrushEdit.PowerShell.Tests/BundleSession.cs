namespace BrushEdit.PowerShell.Tests;

/// <summary>A session whose models folder holds one tiny bundle with random weights, called <c>tiny</c>.</summary>
public sealed class BundleSession : IDisposable
{
    private const string Variable = "BRUSHEDIT_MODELS";

    /// <summary>A script's expression for the TorchSharp assembly that the module uses.</summary>
    public const string Torch = "[System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext([BrushEdit.Loader.ModuleLoader]::GetCmdlets())"
        + ".LoadFromAssemblyName([System.Reflection.AssemblyName]::new('TorchSharp'))";

    private readonly string? before = Environment.GetEnvironmentVariable(Variable);

    public BundleSession()
    {
        Bundle = TinyBundle.Write(Path.Combine(Session.Folder, "models", "tiny"));
        Environment.SetEnvironmentVariable(Variable, Path.Combine(Session.Folder, "models"));

        // The networks are so small that waiting for helper threads, on a machine that is busy, would take most of the time.
        Session.Run($"{Torch}.GetType('TorchSharp.torch').GetMethod('set_num_threads').Invoke($null, @(1))").ThrowOnError();
    }

    /// <summary>The engine.</summary>
    public ModuleSession Session { get; } = new();

    /// <summary>The bundle's folder.</summary>
    public string Bundle { get; }

    public void Dispose()
    {
        Session.Run("Clear-EditModel").ThrowOnError();
        Environment.SetEnvironmentVariable(Variable, before);
        Session.Dispose();
    }
}

/// <summary>Tests that count tensors: beside others, which load models in the same process, they would count those as well.</summary>
[CollectionDefinition("Inpaint", DisableParallelization = true)]
public sealed class InpaintCollection;

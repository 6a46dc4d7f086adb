namespace BrushEdit.PowerShell.Tests;

/// <summary>A session whose models folder holds one tiny bundle with random weights, called <c>tiny</c>.</summary>
public sealed class BundleSession : IDisposable
{
    private const string Variable = "BRUSHEDIT_MODELS";

    private readonly string? before = Environment.GetEnvironmentVariable(Variable);

    public BundleSession()
    {
        Bundle = TinyBundle.Write(Path.Combine(Session.Folder, "models", "tiny"));
        Environment.SetEnvironmentVariable(Variable, Path.Combine(Session.Folder, "models"));
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

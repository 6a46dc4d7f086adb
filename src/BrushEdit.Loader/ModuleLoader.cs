using System.Reflection;

namespace BrushEdit.Loader;

/// <summary>
/// The entry point for <c>BrushEdit.psm1</c>: loads the cmdlets into the module's own load context, so that its dependencies never
/// conflict with those of PowerShell or of another module.
/// </summary>
public static class ModuleLoader
{
    private const string CmdletAssembly = "BrushEdit.PowerShell";

    private static readonly Lazy<Assembly> Loaded = new(LoadCmdlets);

    /// <summary>
    /// The assembly that contains the cmdlets, loaded at the first call. Importing the module again in the same process returns
    /// the same assembly: .NET cannot load another version of it beside the first in one session.
    /// </summary>
    /// <exception cref="FileNotFoundException">The module was not built, or its files were moved.</exception>
    public static Assembly GetCmdlets() => Loaded.Value;

    private static Assembly LoadCmdlets()
    {
        string folder = Path.GetDirectoryName(typeof(ModuleLoader).Assembly.Location)!;
        return new ModuleLoadContext(folder).LoadFromAssemblyName(new AssemblyName(CmdletAssembly));
    }
}

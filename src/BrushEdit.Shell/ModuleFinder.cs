namespace BrushEdit.Shell;

/// <summary>Finds the module this host belongs to.</summary>
internal static class ModuleFinder
{
    private const string Manifest = "BrushEdit.psd1";

    /// <summary>
    /// The module's manifest: beside the program, in a folder <c>BrushEdit</c> beside it, or in a folder above it (the checkout the
    /// program was built in). Null where there is none.
    /// </summary>
    public static string? Find()
    {
        for (string? folder = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string[] places = [Path.Combine(folder, Manifest), Path.Combine(folder, "BrushEdit", Manifest)];
            if (places.FirstOrDefault(File.Exists) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}

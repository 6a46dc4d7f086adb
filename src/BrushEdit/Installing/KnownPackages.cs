using System.Text.Json;

namespace BrushEdit.Installing;

/// <summary>A package whose content the module knows in advance.</summary>
/// <param name="Id">Its id in lower case.</param>
/// <param name="Version">Its version.</param>
/// <param name="Size">The size of the package file in bytes.</param>
/// <param name="Sha512">The SHA-512 of the package file, in Base64.</param>
internal sealed record KnownPackage(string Id, string Version, long Size, string Sha512);

/// <summary>
/// The packages of native libraries whose hashes ship with the module (<c>runtime-packages.json</c>): those of the CPU. Whichever source such a
/// package comes from, it must be that very file.
/// </summary>
internal static class KnownPackages
{
    private static readonly Lazy<IReadOnlyList<KnownPackage>> List = new(Read);

    /// <summary>All known packages.</summary>
    public static IReadOnlyList<KnownPackage> All => List.Value;

    /// <summary>Finds a known package.</summary>
    /// <param name="id">Its id, in any letter case.</param>
    /// <param name="version">Its version.</param>
    /// <returns>Null if the module does not know it.</returns>
    public static KnownPackage? Find(string id, string version) =>
        All.FirstOrDefault(package => package.Id.Equals(id, StringComparison.OrdinalIgnoreCase) && package.Version == version);

    private static IReadOnlyList<KnownPackage> Read()
    {
        using Stream json = typeof(KnownPackages).Assembly.GetManifestResourceStream("BrushEdit.Installing.runtime-packages.json")!;
        return JsonSerializer.Deserialize<KnownPackage[]>(json, JsonSerializerOptions.Web)!;
    }
}

using System.Text.RegularExpressions;
using BrushEdit.Imaging;

namespace BrushEdit.Editing;

/// <summary>
/// Finds the mask files that belong to pictures by their names. The masks of <c>beach.jpg</c> are named <c>beach</c>, <c>beach_mask</c>,
/// <c>beach-mask</c>, <c>beach.mask</c>, <c>mask_beach</c> and so on, in any case and with any picture extension, in the folder or its subfolders. A
/// picture is never its own mask; in the picture's own folder, a file with the bare name is another version of the picture and not a mask.
/// </summary>
/// <remarks>
/// If pictures are in a folder tree and masks in one of the same structure, the mask in the folder of the same name is used. The folder is listed
/// when a mask is first searched for. Safe to call from several threads.
/// </remarks>
public sealed class MaskSearch
{
    /// <summary>The placeholder for the picture's name in a pattern.</summary>
    public const string NamePlace = "{name}";

    private const int DeepestFolder = 8;
    private const string Join = @"[_\-. ]";

    private readonly string? pattern;
    private readonly bool anyForm;
    private readonly Lazy<ILookup<string, string>> files;

    /// <summary>Creates a search in a folder.</summary>
    /// <param name="folder">The folder's full path.</param>
    /// <param name="pattern">
    /// How masks are named, as a path from the folder with slashes: <c>{name}</c> stands for the picture's name without extension, <c>*</c> and
    /// <c>?</c> are wildcards. If it contains no <c>{name}</c>, its first <c>*</c> stands for the picture's name in any of the usual forms. Without
    /// an extension, any picture extension matches; without a slash, subfolders are searched too. Null for the usual forms.
    /// </param>
    /// <exception cref="EditException">The pattern has no placeholder for the picture's name (BadArgument).</exception>
    public MaskSearch(string folder, string? pattern = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Folder = Path.GetFullPath(folder);
        this.pattern = pattern?.Replace('\\', '/');
        anyForm = pattern?.Contains(NamePlace, StringComparison.OrdinalIgnoreCase) == false;
        if (anyForm && !pattern!.Contains('*', StringComparison.Ordinal))
        {
            throw new EditException(
                EditFault.BadArgument, $"The pattern '{pattern}' does not contain the picture's name.", $"Use {NamePlace} for the name, as in '{NamePlace}_mask.png'.", pattern);
        }

        files = new Lazy<ILookup<string, string>>(List);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Finds the mask file that belongs to a picture.</summary>
    /// <param name="picture">The full path of the picture's file.</param>
    /// <returns>The mask's full path; null if there is none.</returns>
    /// <exception cref="EditException">Two or more files match equally well (BadMask); the message names them.</exception>
    public string? Find(string picture)
    {
        ArgumentException.ThrowIfNullOrEmpty(picture);
        picture = Path.GetFullPath(picture);
        string name = Path.GetFileNameWithoutExtension(picture);
        string[] fitting = [.. (pattern is null ? ByForm(picture, name) : ByPattern(name)).Where(file => !IsSame(file, picture)).Distinct()];
        fitting = Nearest(fitting, picture);
        if (fitting.Length > 1)
        {
            // If names differ only in case, the one in the picture's case is meant.
            string[] sameCase = [.. fitting.Where(file => Path.GetFileNameWithoutExtension(file).Contains(name, StringComparison.Ordinal))];
            fitting = sameCase.Length == 1 ? sameCase : fitting;
        }

        return fitting.Length < 2
            ? fitting.FirstOrDefault()
            : throw new EditException(
                EditFault.BadMask,
                $"{fitting.Length} masks match the picture '{Path.GetFileName(picture)}': {string.Join(", ", fitting.Select(file => $"'{Path.GetRelativePath(Folder, file)}'"))}.",
                $"Select one with -MaskPattern, as in '{NamePlace}_mask.png', or remove the others from the folder.",
                picture);
    }

    /// <summary>Finds the mask file that belongs to a picture, which must exist.</summary>
    /// <param name="picture">The full path of the picture's file.</param>
    /// <exception cref="EditException">No mask matches (NotFound; the message lists the names searched for), or several do (BadMask).</exception>
    public string Require(string picture)
    {
        string name = Path.GetFileNameWithoutExtension(picture);
        return Find(picture) ?? throw new EditException(
            EditFault.NotFound,
            pattern is null
                ? $"The folder '{Folder}' contains no mask for '{Path.GetFileName(picture)}'."
                : $"No file in the folder '{Folder}' matches the pattern '{pattern}' for '{Path.GetFileName(picture)}'.",
            $"Name the mask '{name}_mask.png', '{name}-mask', '{name}.mask' or 'mask_{name}' (in a folder of masks also '{name}'), or give the naming pattern with -MaskPattern, as in '{NamePlace}.png'.",
            picture);
    }

    private IEnumerable<string> ByForm(string picture, string name)
    {
        string own = Path.GetDirectoryName(picture) ?? picture;
        bool beside = IsWithin(own, Folder);
        foreach (string stem in new[] { name, Path.GetFileName(picture) })
        {
            // In a folder that also contains the pictures, bare names count only in a subfolder of masks.
            foreach (string file in files.Value[stem].Where(file => !beside || InMaskFolder(file)))
            {
                yield return file;
            }

            foreach (char join in "_-. ")
            {
                foreach (string file in files.Value[$"{stem}{join}mask"].Concat(files.Value[$"mask{join}{stem}"]))
                {
                    yield return file;
                }
            }
        }
    }

    private IEnumerable<string> ByPattern(string name)
    {
        string literal = Regex.Escape(name);
        string forms = $"(?:{literal}|{literal}{Join}mask|mask{Join}{literal})";
        string shape = Regex.Escape(pattern!).Replace(Regex.Escape(NamePlace), literal, StringComparison.OrdinalIgnoreCase);
        if (anyForm)
        {
            int first = shape.IndexOf(@"\*", StringComparison.Ordinal);
            shape = shape[..first] + forms + shape[(first + 2)..];
        }

        shape = shape.Replace(@"\*", "[^/]*", StringComparison.Ordinal).Replace(@"\?", "[^/]", StringComparison.Ordinal);
        string anywhere = pattern!.Contains('/', StringComparison.Ordinal) ? string.Empty : "(?:.*/)?";
        string extension = PictureFormats.OfExtension(pattern!) is null && !pattern!.EndsWith('*') ? @"\.[^./]+" : string.Empty;
        Regex fits = new($"^{anywhere}{shape}{extension}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        return files.Value.SelectMany(group => group).Where(file => fits.IsMatch(Path.GetRelativePath(Folder, file).Replace('\\', '/')));
    }

    /// <summary>Of masks in a tree, those whose folder has the same name as the picture's; all if none has.</summary>
    private string[] Nearest(string[] fitting, string picture)
    {
        if (fitting.Length < 2)
        {
            return fitting;
        }

        string[] own = (Path.GetDirectoryName(picture) ?? string.Empty).Split(Path.DirectorySeparatorChar);
        (string File, int Depth)[] ranked = [.. fitting.Select(file => (file, Depth(file, own)))];
        int most = ranked.Max(rank => rank.Depth);
        return [.. ranked.Where(rank => rank.Depth == most).Select(rank => rank.File)];
    }

    private int Depth(string file, string[] own)
    {
        string[] below = [.. Below(file).Where(part => !IsOfMasks(part))];
        return below.Length > 0 && own.Length >= below.Length && own.TakeLast(below.Length).SequenceEqual(below, StringComparer.OrdinalIgnoreCase) ? below.Length : 0;
    }

    private string[] Below(string file) =>
        Path.GetRelativePath(Folder, Path.GetDirectoryName(file)!) is var inner && inner == "." ? [] : inner.Split(Path.DirectorySeparatorChar);

    private bool InMaskFolder(string file) => Below(file).Any(IsOfMasks);

    private static bool IsOfMasks(string part) => part.Contains("mask", StringComparison.OrdinalIgnoreCase);

    private static bool IsWithin(string folder, string outer)
    {
        string inner = Path.GetRelativePath(outer, folder);
        return inner == "." || !(inner.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(inner));
    }

    // The same file, possibly with another case of letters or through a link.
    private static bool IsSame(string file, string picture)
    {
        StringComparison names = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        return string.Equals(file, picture, names) || string.Equals(Target(file), Target(picture), names);
    }

    private static string Target(string file)
    {
        try
        {
            return File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
        }
        catch (IOException)
        {
            return file;
        }
    }

    private ILookup<string, string> List()
    {
        EnumerationOptions how = new() { RecurseSubdirectories = true, MaxRecursionDepth = DeepestFolder, IgnoreInaccessible = true };
        return Directory.EnumerateFiles(Folder, "*", how)
            .Where(file => PictureFormats.OfExtension(file) is not null && !Below(file).Any(part => part.StartsWith('.')))
            .Order(StringComparer.Ordinal)
            .ToLookup(file => Path.GetFileNameWithoutExtension(file), StringComparer.OrdinalIgnoreCase);
    }
}

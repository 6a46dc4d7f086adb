using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using NuGet.Packaging;
using NuGet.Packaging.Core;

namespace BrushEdit.Installing;

/// <summary>
/// Extracts the native libraries from packages. A library above the package size limit is split in pieces, as TorchSharp's build files expect:
/// its beginning as <c>runtimes/RID/native/X</c> in a package named <c>-primary</c>, with its SHA-256 as <c>X.sha</c> beside it, the rest as
/// <c>fragments/RID/native/X.fragment1</c>, <c>X.fragment2</c> ... in packages named <c>-fragment1</c>, <c>-fragment2</c> ...
/// </summary>
internal sealed class NativeUnpacking : IDisposable
{
    private const string ShaSuffix = ".sha";
    private const string FragmentMark = ".fragment";

    private readonly List<PackageArchiveReader> readers = [];
    private readonly SortedDictionary<string, NativeFile> files = new(StringComparer.Ordinal);

    /// <summary>Opens packages and lists the native libraries in them.</summary>
    /// <param name="packages">The package files.</param>
    /// <param name="runtimeId">The platform.</param>
    /// <exception cref="EditException">A package cannot be read, or pieces of a library are missing.</exception>
    public NativeUnpacking(IEnumerable<string> packages, string runtimeId)
    {
        string whole = $"runtimes/{runtimeId}/native/";
        string pieces = $"fragments/{runtimeId}/native/";
        foreach (string package in packages)
        {
            try
            {
                PackageArchiveReader reader = new(package);
                readers.Add(reader);
                foreach (string entry in reader.GetFiles())
                {
                    string path = entry.Replace('\\', '/');
                    if (path.StartsWith(whole, StringComparison.OrdinalIgnoreCase))
                    {
                        AddWhole(package, reader.GetEntry(entry), path[whole.Length..]);
                    }
                    else if (path.StartsWith(pieces, StringComparison.OrdinalIgnoreCase))
                    {
                        AddFragment(package, reader.GetEntry(entry), path[pieces.Length..]);
                    }
                }
            }
            catch (Exception fault) when (fault is InvalidDataException or PackagingException or FileNotFoundException)
            {
                Dispose();
                throw new EditException(EditFault.BadDownload, $"The package '{package}' cannot be read: {fault.Message}", "Run the command again with -Force.", package, fault);
            }
            catch (EditException)
            {
                Dispose();
                throw;
            }
        }

        if (files.FirstOrDefault(file => !file.Value.IsComplete) is { Value: { } broken } pair)
        {
            Dispose();
            throw new EditException(
                EditFault.BadDownload,
                $"The library '{pair.Key}' comes in parts, some of which are missing: {broken.Pieces}.",
                "Check that the source has all packages of this version.",
                pair.Key);
        }
    }

    /// <summary>The total size of all libraries in bytes.</summary>
    public long Size => files.Values.Sum(file => file.Size);

    /// <summary>The libraries' names.</summary>
    public IReadOnlyCollection<string> Names => files.Keys;

    /// <summary>Writes the libraries into a folder.</summary>
    /// <param name="folder">The folder; created if it does not exist.</param>
    /// <param name="progress">Receives the name and the total number of bytes written; null for none.</param>
    /// <param name="cancellation">Cancels the operation; files already written remain and are unusable.</param>
    /// <exception cref="EditException">A library does not match its hash, or cannot be written.</exception>
    public void Write(string folder, Action<string, long>? progress, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        byte[] buffer = new byte[1 << 20];
        long done = 0;
        foreach ((string name, NativeFile file) in files)
        {
            string target = Path.Combine(folder, name);
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            try
            {
                using FileStream output = new(target, FileMode.Create, FileAccess.Write, FileShare.None, 1);
                foreach (ZipArchiveEntry piece in file.All())
                {
                    using Stream input = piece.Open();
                    int read;
                    while ((read = input.Read(buffer)) > 0)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        output.Write(buffer, 0, read);
                        hash.AppendData(buffer, 0, read);
                        progress?.Invoke(name, done += read);
                    }
                }
            }
            catch (InvalidDataException fault)
            {
                throw new EditException(EditFault.BadDownload, $"The library '{name}' cannot be extracted from its package: {fault.Message}", "Run the command again with -Force.", name, fault);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw DiskFaults.Write(fault, target);
            }

            if (file.Sha256() is { } expected && Convert.ToHexStringLower(hash.GetHashAndReset()) != expected)
            {
                throw new EditException(
                    EditFault.BadDownload,
                    $"The library '{name}', joined from {file.Pieces}, differs from the published one: its SHA-256 is not {expected}.",
                    "Run the command again with -Force; if the result is the same, the source mixes packages that do not belong together.",
                    name);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => readers.ForEach(reader => reader.Dispose());

    // Python's bindings and libtorch's own tests are not needed here.
    private static bool IsWanted(string name) =>
        !name.Contains("torch_python", StringComparison.Ordinal) && !name.Contains("_test", StringComparison.Ordinal) && !name.Contains("backend_with_compiler", StringComparison.Ordinal);

    private void AddWhole(string package, ZipArchiveEntry entry, string name)
    {
        bool isHash = name.EndsWith(ShaSuffix, StringComparison.OrdinalIgnoreCase);
        string library = isHash ? name[..^ShaSuffix.Length] : name;
        if (Of(package, library) is not { } file)
        {
            return;
        }

        if (isHash)
        {
            file.Hash = entry;
        }
        else
        {
            file.Beginning = file.Beginning is null ? entry : throw Twice(package, name);
        }
    }

    private void AddFragment(string package, ZipArchiveEntry entry, string name)
    {
        int mark = name.LastIndexOf(FragmentMark, StringComparison.OrdinalIgnoreCase);
        if (mark > 0 && int.TryParse(name[(mark + FragmentMark.Length)..], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && Of(package, name[..mark]) is { } file && !file.Fragments.TryAdd(number, entry))
        {
            throw Twice(package, name);
        }
    }

    private NativeFile? Of(string package, string name)
    {
        if (!IsWanted(name))
        {
            return null;
        }

        if (name.Length == 0 || name[0] == '.' || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '+'))
        {
            throw new EditException(EditFault.BadDownload, $"The package '{Path.GetFileName(package)}' contains a library with an invalid name: '{name}'.", null, package);
        }

        return files.TryGetValue(name, out NativeFile? file) ? file : files[name] = new NativeFile();
    }

    private static EditException Twice(string package, string name) => new(
        EditFault.BadDownload, $"'{name}' is in two packages; the second is '{Path.GetFileName(package)}'.", "Check whether the source mixes versions.", name);

    private sealed class NativeFile
    {
        public ZipArchiveEntry? Beginning { get; set; }

        public ZipArchiveEntry? Hash { get; set; }

        public SortedDictionary<int, ZipArchiveEntry> Fragments { get; } = [];

        public bool IsComplete => Beginning is not null && Fragments.Keys.Select((number, index) => number == index + 1).All(right => right);

        public long Size => All().Sum(piece => piece.Length);

        public string Pieces => $"{(Beginning is null ? "no beginning" : "its beginning")} and fragments {(Fragments.Count > 0 ? string.Join(", ", Fragments.Keys) : "none")}";

        public IEnumerable<ZipArchiveEntry> All() => Fragments.Values.Prepend(Beginning!);

        /// <summary>The SHA-256 of the whole; null if none is given, for a library in one piece.</summary>
        public string? Sha256()
        {
            if (Hash is null)
            {
                return Fragments.Count == 0 ? null : throw new EditException(
                    EditFault.BadDownload, $"The library '{Beginning!.Name}' comes in parts without a hash of the whole.", "Check that the source has the packages as published.", Beginning.Name);
            }

            using StreamReader text = new(Hash.Open(), Encoding.ASCII);
            char[] digits = new char[65];
            int read = text.ReadBlock(digits);
            return new string(digits, 0, read).Trim().ToLowerInvariant();
        }
    }
}

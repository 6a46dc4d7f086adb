using System.Buffers.Binary;
using System.Text;

namespace BrushEdit.Linking;

/// <summary>
/// Marks one symbol version that a Linux library needs as weak if this machine's C++ runtime lacks it. The dynamic linker then warns at most, instead
/// of refusing the library.
/// </summary>
/// <remarks>
/// Written for the shim of TorchSharp 0.107, which requires GLIBCXX_3.4.32 because of one symbol that is never called (std::ios_base_library_init).
/// Debian 12, Ubuntu 22.04 and RHEL 9 have an older libstdc++. The build applies it to the shim that it stages, an installation to the shim that it
/// installs. Layout: ELF-64, System V gABI; section type 0x6ffffffe contains Elf64_Verneed and Elf64_Vernaux records (LSB core, 10.7).
/// </remarks>
public static class SymbolVersions
{
    /// <summary>The version that the shim requires but does not use.</summary>
    public const string UnusedByShim = "GLIBCXX_3.4.32";

    private const uint SectionTypeVersionNeeds = 0x6ffffffe;
    private const ushort WeakFlag = 2;

    private static readonly string[] RuntimeFolders = ["/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib"];

    /// <summary>Weakens the requirement in a library, in place; leaves the file unchanged if this machine's C++ runtime has the version.</summary>
    /// <param name="library">A private file, not a link into a package cache.</param>
    /// <param name="version">The version's name, such as GLIBCXX_3.4.32.</param>
    /// <returns>The number of requirements that were marked.</returns>
    /// <exception cref="InvalidDataException">It is not a 64-bit little-endian ELF file, or is truncated.</exception>
    public static int WeakenWhereMissing(string library, string version)
    {
        if (RuntimeProvides(version))
        {
            return 0;
        }

        byte[] elf = File.ReadAllBytes(library);
        int changed;
        try
        {
            changed = Weaken(elf, version);
        }
        catch (Exception fault) when (fault is ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException($"'{library}' is truncated: its tables are outside the file.", fault);
        }

        if (changed > 0)
        {
            File.WriteAllBytes(library, elf);
        }

        return changed;
    }

    /// <summary>Weakens the requirement in a library's bytes.</summary>
    /// <param name="elf">The file.</param>
    /// <param name="version">The version's name.</param>
    /// <returns>The number of requirements that were marked.</returns>
    /// <exception cref="InvalidDataException">It is not a 64-bit little-endian ELF file.</exception>
    public static int Weaken(byte[] elf, string version)
    {
        ArgumentNullException.ThrowIfNull(elf);
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[4] != 2 || elf[5] != 1)
        {
            throw new InvalidDataException("This is not a 64-bit little-endian ELF file.");
        }

        int sections = Offset(elf, 0x28);
        int size = Short(elf, 0x3a);
        int changed = 0;
        for (int i = 0; i < Short(elf, 0x3c); i++)
        {
            int header = checked(sections + (i * size));
            if (BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(header + 4)) == SectionTypeVersionNeeds)
            {
                int strings = Offset(elf, checked(sections + (Int(elf, header + 0x28) * size) + 0x18));
                changed += WeakenRecords(elf, Offset(elf, header + 0x18), strings, version);
            }
        }

        return changed;
    }

    private static bool RuntimeProvides(string version)
    {
        string? runtime = RuntimeFolders.Select(folder => Path.Combine(folder, "libstdc++.so.6")).FirstOrDefault(File.Exists);
        return runtime is not null && File.ReadAllBytes(runtime).AsSpan().IndexOf(Encoding.ASCII.GetBytes(version + "\0")) >= 0;
    }

    private static int WeakenRecords(byte[] elf, int need, int strings, string version)
    {
        int changed = 0;
        while (true)
        {
            int auxiliary = checked(need + Int(elf, need + 8));
            for (int left = Short(elf, need + 2); left > 0; left--)
            {
                if (StringAt(elf, strings + Int(elf, auxiliary + 8)) == version)
                {
                    Span<byte> flags = elf.AsSpan(auxiliary + 4, 2);
                    BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | WeakFlag));
                    changed++;
                }

                auxiliary = checked(auxiliary + Int(elf, auxiliary + 12));
            }

            // A backward step would loop forever.
            int next = Int(elf, need + 12);
            if (next <= 0)
            {
                return changed;
            }

            need = checked(need + next);
        }
    }

    private static int Offset(byte[] elf, int at) => checked((int)BinaryPrimitives.ReadInt64LittleEndian(elf.AsSpan(at)));

    private static int Int(byte[] elf, int at) => BinaryPrimitives.ReadInt32LittleEndian(elf.AsSpan(at));

    private static int Short(byte[] elf, int at) => BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(at));

    private static string StringAt(byte[] bytes, int offset)
    {
        int end = Array.IndexOf(bytes, (byte)0, offset);
        return Encoding.ASCII.GetString(bytes, offset, end - offset);
    }
}

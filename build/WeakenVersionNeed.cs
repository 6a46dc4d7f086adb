using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Marks one symbol version that a Linux library needs as weak, in place, where this machine's C++ runtime lacks it.
/// The dynamic linker then warns at most, instead of refusing the library, if the version is absent.
/// </summary>
/// <remarks>
/// Made for the shim of TorchSharp 0.107, which asks for GLIBCXX_3.4.32 because of one symbol that is never called
/// (std::ios_base_library_init). Debian 12, Ubuntu 22.04 and RHEL 9 have an older libstdc++.
/// Layout: ELF-64, System V gABI; section type 0x6ffffffe holds Elf64_Verneed and Elf64_Vernaux records (LSB core, 10.7).
/// </remarks>
public sealed class WeakenVersionNeed : Task
{
    private const uint SectionTypeVersionNeeds = 0x6ffffffe;
    private const ushort WeakFlag = 2;

    /// <summary>The library that is changed.</summary>
    [Required]
    public string Library { get; set; }

    /// <summary>The version's name, such as GLIBCXX_3.4.32.</summary>
    [Required]
    public string VersionName { get; set; }

    public override bool Execute()
    {
        if (RuntimeProvidesVersion())
        {
            Log.LogMessage(MessageImportance.Low, "The C++ runtime here provides {0}; {1} is left as it is.", VersionName, Library);
            return true;
        }

        byte[] elf = File.ReadAllBytes(Library);
        int changed = Weaken(elf);
        if (changed > 0)
        {
            File.WriteAllBytes(Library, elf);
        }

        Log.LogMessage(MessageImportance.Normal, "{0}: {1} need(s) of {2} marked weak.", Path.GetFileName(Library), changed, VersionName);
        return true;
    }

    private bool RuntimeProvidesVersion()
    {
        string[] folders = { "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib" };
        string runtime = folders.Select(f => Path.Combine(f, "libstdc++.so.6")).FirstOrDefault(File.Exists);
        return runtime != null && Encoding.GetEncoding("ISO-8859-1").GetString(File.ReadAllBytes(runtime)).Contains(VersionName + "\0");
    }

    private int Weaken(byte[] elf)
    {
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[4] != 2 || elf[5] != 1)
        {
            throw new InvalidDataException(Library + " is not a 64-bit little-endian ELF file.");
        }

        long sections = BitConverter.ToInt64(elf, 0x28);
        int size = BitConverter.ToUInt16(elf, 0x3a);
        int count = BitConverter.ToUInt16(elf, 0x3c);
        int changed = 0;
        for (int i = 0; i < count; i++)
        {
            int header = checked((int)(sections + ((long)i * size)));
            if (BitConverter.ToUInt32(elf, header + 4) == SectionTypeVersionNeeds)
            {
                int link = BitConverter.ToInt32(elf, header + 0x28);
                int strings = checked((int)BitConverter.ToInt64(elf, checked((int)(sections + ((long)link * size))) + 0x18));
                changed += WeakenRecords(elf, checked((int)BitConverter.ToInt64(elf, header + 0x18)), strings);
            }
        }

        return changed;
    }

    private int WeakenRecords(byte[] elf, int need, int strings)
    {
        int changed = 0;
        while (true)
        {
            int auxiliary = need + BitConverter.ToInt32(elf, need + 8);
            for (int left = BitConverter.ToUInt16(elf, need + 2); left > 0; left--)
            {
                if (StringAt(elf, strings + BitConverter.ToInt32(elf, auxiliary + 8)) == VersionName)
                {
                    ushort flags = (ushort)(BitConverter.ToUInt16(elf, auxiliary + 4) | WeakFlag);
                    elf[auxiliary + 4] = (byte)flags;
                    elf[auxiliary + 5] = (byte)(flags >> 8);
                    changed++;
                }

                auxiliary += BitConverter.ToInt32(elf, auxiliary + 12);
            }

            int next = BitConverter.ToInt32(elf, need + 12);
            if (next == 0)
            {
                return changed;
            }

            need += next;
        }
    }

    private static string StringAt(byte[] bytes, int offset)
    {
        int end = Array.IndexOf(bytes, (byte)0, offset);
        return Encoding.ASCII.GetString(bytes, offset, end - offset);
    }
}

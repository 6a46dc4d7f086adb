using System.Globalization;
using System.Runtime.InteropServices;

namespace BrushEdit.Linking;

/// <summary>Counts the physical cores: two logical processors of one core share its arithmetic units.</summary>
internal static partial class PhysicalCores
{
    private const string Topology = "/sys/devices/system/cpu";

    // SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX, RelationProcessorCore (Windows' sysinfoapi.h).
    private const int RelationProcessorCore = 0;

    /// <summary>The number of physical cores this process may run on; that of the logical processors if the system does not report them.</summary>
    public static int Count()
    {
        try
        {
            int count = OperatingSystem.IsLinux() ? OnLinux() : OperatingSystem.IsMacOS() ? OnMac() : OperatingSystem.IsWindows() ? OnWindows() : 0;
            return count > 0 ? count : Environment.ProcessorCount;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException or EntryPointNotFoundException or DllNotFoundException)
        {
            return Environment.ProcessorCount;
        }
    }

    /// <summary>The distinct groups of siblings among the processors allowed, by Linux' own lists (<c>0,64</c> or <c>0-1</c>).</summary>
    /// <param name="allowed">The processors this process may use, as in <c>Cpus_allowed_list</c>.</param>
    /// <param name="siblings">Returns the siblings of a processor, as in <c>thread_siblings_list</c>; null if there are none.</param>
    internal static int Distinct(string allowed, Func<int, string?> siblings) =>
        Members(allowed).Select(processor => siblings(processor) is { } list ? Members(list).First() : processor).Distinct().Count();

    private static int OnLinux()
    {
        string? allowed = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal));
        return allowed is null ? 0 : Distinct(allowed[(allowed.IndexOf(':', StringComparison.Ordinal) + 1)..], processor =>
        {
            string file = $"{Topology}/cpu{processor}/topology/thread_siblings_list";
            return File.Exists(file) ? File.ReadAllText(file) : null;
        });
    }

    private static IEnumerable<int> Members(string list)
    {
        foreach (string range in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int[] ends = [.. range.Split('-').Select(end => int.Parse(end, NumberStyles.None, CultureInfo.InvariantCulture))];
            for (int member = ends[0]; member <= ends[^1]; member++)
            {
                yield return member;
            }
        }
    }

    // Only the fast cores if there are two kinds: the slow ones delay the others at every barrier.
    private static int OnMac()
    {
        foreach (string name in new[] { "hw.perflevel0.physicalcpu", "hw.physicalcpu" })
        {
            nint size = sizeof(int);
            if (SystemControl(name, out int count, ref size, 0, 0) == 0)
            {
                return count;
            }
        }

        return 0;
    }

    private static unsafe int OnWindows()
    {
        uint length = 0;
        ProcessorInformation(RelationProcessorCore, null, ref length);
        byte[] buffer = new byte[length];
        fixed (byte* first = buffer)
        {
            if (!ProcessorInformation(RelationProcessorCore, first, ref length))
            {
                return 0;
            }
        }

        // Each record begins with its relation and its own size, 32 bits each.
        int count = 0;
        for (int at = 0; at + 8 <= length; at += Math.Max(8, BitConverter.ToInt32(buffer, at + 4)))
        {
            count++;
        }

        return count;
    }

    [LibraryImport("libc", EntryPoint = "sysctlbyname", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SystemControl(string name, out int value, ref nint size, nint newValue, nint newSize);

    [LibraryImport("kernel32", EntryPoint = "GetLogicalProcessorInformationEx", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool ProcessorInformation(int relation, byte* buffer, ref uint length);
}

// SPDX-License-Identifier: MIT
/*
 * faultq list: IOMMUs and what is behind them, as the kernel shows them in
 * sysfs, and what the mock tells of its own.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capabilities.h"
#include "libmockiommu.h"
#include "tool.h"

#define IOMMU_CLASS "/sys/class/iommu"

static const char help[] =
	"usage: faultq list [--capabilities] [--json]\n"
	"\n"
	"Lists the IOMMUs of " IOMMU_CLASS
	" and the devices behind them: the name\n"
	"that binds a device, its IOMMU group, its driver. Of mock endpoints also:\n"
	"requester id, PASIDs, ATS and PRI with its credits. Mock devices that the kernel\n"
	"does not show are an error.\n"
	"\n"
	"  -c, --capabilities  show of each device that is free what faultq can do with it\n"
	"                      and what a virtual IOMMU has to mirror. The device is taken\n"
	"                      over for a moment\n"
	"  -j, --json          print one JSON object\n"
	"  -h, --help          show this help\n";

static const struct option options[] = {
	{ "capabilities", no_argument, NULL, 'c' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{},
};

/**
 * struct lister - what is listed how
 * @mock: the mock's control device, negative if it is not there
 * @ctx: to take over devices, negative if that is not asked for
 * @json: as JSON
 * @status: the exit status, if the list can be printed
 */
struct lister {
	int mock;
	int ctx;
	bool json;
	int status;
};

/**
 * struct device - a device behind an IOMMU
 * @name: "BUS/DEVICE"
 * @group: number of its IOMMU group
 * @driver: its driver, or empty
 * @endpoint: what the mock tells of it
 * @is_mock: @endpoint is valid
 */
struct device {
	char name[2 * NAME_MAX];
	char group[32];
	char driver[NAME_MAX];
	struct mock_iommu_endpoint_info endpoint;
	bool is_mock;
};

static void look_at_device(const struct lister *lister, const char *directory,
			   const char *name, struct device *device)
{
	char bus[NAME_MAX] = "";

	memset(device, 0, sizeof(*device));
	sysfs_link(directory, "subsystem", bus, sizeof(bus));
	sysfs_link(directory, "iommu_group", device->group,
		   sizeof(device->group));
	sysfs_link(directory, "driver", device->driver, sizeof(device->driver));
	snprintf(device->name, sizeof(device->name), "%.*s/%.*s", NAME_MAX - 1,
		 bus, NAME_MAX - 1, name);
	device->is_mock = lister->mock >= 0 &&
			  !mock_endpoint_find(lister->mock, device->name,
					      &device->endpoint);
}

static void show_endpoint(const struct mock_iommu_endpoint_info *endpoint)
{
	bool stopped = endpoint->out_flags & MOCK_IOMMU_ENDPOINT_PRI_STOPPED;

	printf(", rid %02x:%02x.%x, %u PASID bits", endpoint->out_rid >> 8,
	       (endpoint->out_rid >> 3) & 0x1f, endpoint->out_rid & 7,
	       endpoint->out_pasid_bits);
	if (endpoint->out_flags & MOCK_IOMMU_ENDPOINT_ATS)
		printf(", ATS");
	if (endpoint->out_flags & MOCK_IOMMU_ENDPOINT_STALL)
		printf(", stalls");
	if (endpoint->out_flags & MOCK_IOMMU_ENDPOINT_PRI)
		printf(", PRI (%u credits)%s", endpoint->out_pri_credits,
		       stopped ? " stopped" : "");
}

static void show_device(const struct lister *lister,
			const struct device *device)
{
	printf("  %s: group %s", device->name,
	       *device->group ? device->group : "none");
	if (device->is_mock)
		show_endpoint(&device->endpoint);
	if (*device->driver)
		printf(", driver %s", device->driver);
	printf("\n");
	if (lister->ctx >= 0)
		capabilities_text(lister->ctx, device->name);
}

static void endpoint_json(const struct mock_iommu_endpoint_info *endpoint)
{
	__u32 flags = endpoint->out_flags;

	json_number("endpoint_id", endpoint->endpoint_id);
	json_number("rid", endpoint->out_rid);
	json_number("pasid_bits", endpoint->out_pasid_bits);
	json_bool("ats", flags & MOCK_IOMMU_ENDPOINT_ATS);
	json_bool("stall", flags & MOCK_IOMMU_ENDPOINT_STALL);
	json_bool("pri", flags & MOCK_IOMMU_ENDPOINT_PRI);
	json_bool("pri_stopped", flags & MOCK_IOMMU_ENDPOINT_PRI_STOPPED);
	json_number("pri_credits", endpoint->out_pri_credits);
}

static void device_json(const struct lister *lister,
			const struct device *device)
{
	json_begin(NULL, '{');
	json_string("name", device->name);
	json_string("group", device->group);
	json_string("driver", device->driver);
	json_bool("mock", device->is_mock);
	if (device->is_mock)
		endpoint_json(&device->endpoint);
	if (lister->ctx >= 0)
		capabilities_json(lister->ctx, device->name);
	json_end('}');
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void list_devices(struct lister *lister, const char *iommu)
{
	char directory[PATH_MAX];
	struct dirent **entries;
	struct device device;
	int i, nr;

	snprintf(directory, sizeof(directory), IOMMU_CLASS "/%s/devices",
		 iommu);
	nr = scandir(directory, &entries, is_visible, by_name);
	/* an IOMMU that was removed meanwhile has no devices */
	if (nr < 0 && errno != ENOENT)
		lister->status = fail("%s: %s", directory, strerror(errno));
	for (i = 0; i < nr; i++) {
		snprintf(directory, sizeof(directory),
			 IOMMU_CLASS "/%s/devices/%s", iommu,
			 entries[i]->d_name);
		look_at_device(lister, directory, entries[i]->d_name, &device);
		if (lister->json)
			device_json(lister, &device);
		else
			show_device(lister, &device);
		free(entries[i]);
	}
	if (nr >= 0)
		free(entries);
}

static bool find_iommu(struct lister *lister, const char *name,
		       struct mock_iommu_iommu_info *info)
{
	__u32 id = 0;
	int ret;

	if (lister->mock < 0)
		return false;
	while (!(ret = mock_iommu_next(lister->mock, id, info))) {
		if (!strcmp(info->out_name, name))
			return true;
		id = info->iommu_id + 1;
	}
	if (ret != -ENOENT)
		lister->status = fail("the mock IOMMUs cannot be listed: %s",
				      strerror(-ret));
	return false;
}

static void iommu_text(struct lister *lister, const char *name,
		       const struct mock_iommu_iommu_info *info)
{
	printf("%s:", name);
	if (info)
		printf(" mock of kind %s, %u-bit addresses, page request queue of %u entries",
		       iommu_kind_word(info->out_kind), info->out_address_width,
		       info->out_prq_entries);
	printf("\n");
	list_devices(lister, name);
}

static void iommu_json(struct lister *lister, const char *name,
		       const struct mock_iommu_iommu_info *info)
{
	json_begin(NULL, '{');
	json_string("name", name);
	json_bool("mock", info);
	if (info) {
		json_number("iommu_id", info->iommu_id);
		json_string("kind", iommu_kind_word(info->out_kind));
		json_number("address_width", info->out_address_width);
		json_number("prq_entries", info->out_prq_entries);
	}
	json_begin("devices", '[');
	list_devices(lister, name);
	json_end(']');
	json_end('}');
}

static void list_iommu(struct lister *lister, const char *name)
{
	struct mock_iommu_iommu_info info;
	bool is_mock = find_iommu(lister, name, &info);

	if (lister->json)
		iommu_json(lister, name, is_mock ? &info : NULL);
	else
		iommu_text(lister, name, is_mock ? &info : NULL);
}

static int list_iommus(struct lister *lister)
{
	char load[LOAD_COMMAND_SIZE];
	struct dirent **entries;
	int i, nr;

	nr = scandir(IOMMU_CLASS, &entries, is_visible, by_name);
	if (nr < 0 && errno != ENOENT)
		return fail(IOMMU_CLASS ": %s", strerror(errno));
	if (nr <= 0)
		complain("the kernel has no IOMMU: load a mock one: %s",
			 load_command("mock_iommu", load));
	for (i = 0; i < nr; i++) {
		list_iommu(lister, entries[i]->d_name);
		free(entries[i]);
	}
	if (nr >= 0)
		free(entries);
	return lister->status;
}

/* An endpoint that the kernel has not linked to its IOMMU cannot be bound. */
static int check_links(int mock)
{
	struct mock_iommu_endpoint_info info;
	char directory[PATH_MAX], iommu[NAME_MAX];
	int ret, status = EXIT_SUCCESS;
	__u32 id;

	for (id = 0; !(ret = mock_endpoint_next(mock, id, &info));
	     id = info.endpoint_id + 1) {
		snprintf(directory, sizeof(directory),
			 "/sys/bus/platform/devices/%s", info.out_name);
		if (sysfs_link(directory, "iommu", iommu, sizeof(iommu)))
			continue;
		status = fail("%s: the kernel shows no IOMMU of it: see dmesg",
			      info.out_name);
	}
	if (ret != -ENOENT)
		status = fail("the mock endpoints cannot be listed: %s",
			      strerror(-ret));
	return status;
}

static int list_all(struct lister *lister)
{
	int status;

	if (lister->json) {
		json_begin(NULL, '{');
		json_begin("iommus", '[');
	}
	status = list_iommus(lister);
	if (lister->json) {
		json_end(']');
		json_end('}');
		json_line_end();
	}
	if (!status && lister->mock >= 0)
		status = check_links(lister->mock);
	return status;
}

static int run(int argc, char **argv)
{
	struct lister lister = { .ctx = -1 };
	bool capabilities = false;
	int option, status;

	while ((option = getopt_long(argc, argv, "cjh", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			capabilities = true;
			break;
		case 'j':
			lister.json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_SUCCESS;
		default:
			return hint_at_help(argv[0]);
		}
	}
	if (optind < argc)
		return bad_usage(argv[0], "'%s': no argument is expected",
				 argv[optind]);

	if (capabilities) {
		lister.ctx = open_faultq();
		if (lister.ctx < 0)
			return EXIT_FAILURE;
	}
	/* without the mock there is still what the kernel shows */
	lister.mock = mock_open();
	if (lister.mock < 0 && lister.mock != -ENOENT)
		complain("/dev/mock_iommu: %s: what it knows is left out",
			 strerror(-lister.mock));
	status = list_all(&lister);
	if (lister.mock >= 0)
		close(lister.mock);
	if (lister.ctx >= 0)
		close(lister.ctx);
	return status;
}

const struct command cmd_list = {
	.name = "list",
	.summary = "list IOMMUs and the devices behind them",
	.run = run,
};

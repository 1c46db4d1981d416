// SPDX-License-Identifier: MIT
#include "decode.h"
#include "show.h"
#include "tool.h"

/* What every line begins with */
static void begin_json(const char *name, const char *type, __u64 timestamp)
{
	char time[32];

	snprintf(time, sizeof(time), "%llu.%09llu", timestamp / 1000000000,
		 timestamp % 1000000000);
	json_begin(NULL, '{');
	json_string("time", time);
	json_string("device", name);
	json_string("type", type);
}

static void begin_text(const char *name, const char *type, __u64 timestamp)
{
	printf("%llu.%06llu %s %s", timestamp / 1000000000,
	       timestamp / 1000 % 1000000, name, type);
}

static void end_json(void)
{
	json_end('}');
	json_line_end();
}

static void end_text(void)
{
	printf("\n");
	output_flush();
}

static void page_request_json(const char *name,
			      const struct faultq_page_request *page)
{
	char word[5];

	begin_json(name, "page-request", page->timestamp);
	json_number("dev_id", page->dev_id);
	if (page->flags & FAULTQ_PAGE_REQUEST_PASID_VALID)
		json_number("pasid", page->pasid);
	json_hex("addr", page->addr);
	json_string("perm", permission_word(page->perm, word));
	json_number("grpid", page->grpid);
	json_bool("last", page->flags & FAULTQ_PAGE_REQUEST_LAST_PAGE);
	json_hex("tag", page->tag);
	json_hex("cookie", page->cookie);
	if (page->flags & FAULTQ_PAGE_REQUEST_PRIVATE_DATA) {
		json_begin("private_data", '[');
		json_hex(NULL, page->private_data[0]);
		json_hex(NULL, page->private_data[1]);
		json_end(']');
	}
	end_json();
}

static void page_request_text(const char *name,
			      const struct faultq_page_request *page)
{
	char word[5];

	begin_text(name, "page-request", page->timestamp);
	printf(" dev=%u", page->dev_id);
	if (page->flags & FAULTQ_PAGE_REQUEST_PASID_VALID)
		printf(" pasid=%u", page->pasid);
	printf(" addr=0x%llx perm=%s grpid=%u", page->addr,
	       permission_word(page->perm, word), page->grpid);
	if (page->flags & FAULTQ_PAGE_REQUEST_LAST_PAGE)
		printf(" last tag=0x%x", page->tag);
	printf(" cookie=0x%llx", page->cookie);
	if (page->flags & FAULTQ_PAGE_REQUEST_PRIVATE_DATA)
		printf(" private=0x%llx,0x%llx", page->private_data[0],
		       page->private_data[1]);
	end_text();
}

void show_page_request(const char *name, const struct faultq_page_request *page,
		       bool json)
{
	if (json)
		page_request_json(name, page);
	else
		page_request_text(name, page);
}

/* The kernel never tells more than there is room for; a file may be anything's. */
static size_t native_length(const struct faultq_event *event)
{
	return event->native_len < sizeof(event->native) ?
		       event->native_len :
		       sizeof(event->native);
}

static void native_words_json(const struct faultq_event *event)
{
	size_t i;

	json_begin("raw", '[');
	for (i = 0; i < native_length(event) / sizeof(__u64); i++)
		json_hex(NULL, decode_u64(event->native, i));
	json_end(']');
}

static void native_json(const struct faultq_event *event)
{
	const struct decoded_field *field;
	struct decoded decoded;
	size_t i;

	json_begin("native", '{');
	json_number("native_type", event->native_type);
	if (decode_native(event->native_type, event->native,
			  native_length(event), &decoded)) {
		json_string("form", decoded.form);
		if (decoded.name)
			json_string("name", decoded.name);
		if (decoded.words)
			json_string("words", decoded.words);
		json_begin("fields", '{');
		for (i = 0; i < decoded.nr_fields; i++) {
			field = &decoded.fields[i];
			json_hex(field->name, field->value);
		}
		json_end('}');
	}
	native_words_json(event);
	json_end('}');
}

static void event_json(const char *name, const char *type,
		       const struct faultq_event *event)
{
	char word[5];

	begin_json(name, type, event->timestamp);
	json_string("reason", event_reason_word(event->reason));
	if (event->flags & FAULTQ_EVENT_DEV_VALID)
		json_number("dev_id", event->dev_id);
	if (event->flags & FAULTQ_EVENT_VIRT_ID_VALID)
		json_hex("virt_id", event->virt_id);
	if (event->flags & FAULTQ_EVENT_PASID_VALID) {
		json_number("pasid", event->pasid);
		json_bool("guest_pasid",
			  event->flags & FAULTQ_EVENT_GUEST_PASID);
	}
	if (event->flags & FAULTQ_EVENT_ADDR_VALID)
		json_hex("addr", event->addr);
	if (event->flags & FAULTQ_EVENT_FETCH_ADDR_VALID)
		json_hex("fetch_addr", event->fetch_addr);
	json_string("perm", permission_word(event->perm, word));
	json_bool("stage2", event->flags & FAULTQ_EVENT_STAGE2);
	json_number("sequence", event->sequence);
	json_hex("cookie", event->cookie);
	if (event->native_type != FAULTQ_NATIVE_NONE)
		native_json(event);
	end_json();
}

static void field_text(const struct decoded_field *field)
{
	printf(field->value > 9 ? " %s=0x%llx" : " %s=%llu", field->name,
	       field->value);
	if (field->word)
		printf("(%s)", field->word);
}

static void native_text(const struct faultq_event *event)
{
	struct decoded decoded;
	size_t i;

	if (!decode_native(event->native_type, event->native,
			   native_length(event), &decoded)) {
		printf("; native form 0x%x", event->native_type);
		for (i = 0; i < native_length(event) / sizeof(__u64); i++)
			printf(" 0x%llx", decode_u64(event->native, i));
		return;
	}
	printf("; %s", decoded.form);
	if (decoded.name)
		printf(" %s", decoded.name);
	for (i = 0; i < decoded.nr_fields; i++)
		field_text(&decoded.fields[i]);
	if (decoded.words)
		printf(": %s", decoded.words);
}

static void event_text(const char *name, const char *type,
		       const struct faultq_event *event)
{
	char word[5];

	begin_text(name, type, event->timestamp);
	printf(" reason=%s", event_reason_word(event->reason));
	if (event->flags & FAULTQ_EVENT_DEV_VALID)
		printf(" dev=%u", event->dev_id);
	if (event->flags & FAULTQ_EVENT_VIRT_ID_VALID)
		printf(" virt_id=0x%llx", event->virt_id);
	if (event->flags & FAULTQ_EVENT_PASID_VALID)
		printf(" %spasid=%u",
		       event->flags & FAULTQ_EVENT_GUEST_PASID ? "guest_" : "",
		       event->pasid);
	if (event->flags & FAULTQ_EVENT_ADDR_VALID)
		printf(" addr=0x%llx", event->addr);
	if (event->flags & FAULTQ_EVENT_FETCH_ADDR_VALID)
		printf(" fetch_addr=0x%llx", event->fetch_addr);
	if (event->perm)
		printf(" perm=%s", permission_word(event->perm, word));
	if (event->flags & FAULTQ_EVENT_STAGE2)
		printf(" stage2");
	printf(" sequence=%u cookie=0x%llx", event->sequence, event->cookie);
	if (event->native_type != FAULTQ_NATIVE_NONE)
		native_text(event);
	end_text();
}

void show_event(const char *name, const struct faultq_event *event, bool json)
{
	const char *type = event->type == FAULTQ_RECORD_QUEUE_ERROR ?
				   "queue-error" :
				   "fault";

	if (json)
		event_json(name, type, event);
	else
		event_text(name, type, event);
}

static void loss(const char *name, const char *cause, __u32 sequence,
		 __u64 count, __u64 timestamp, bool json)
{
	if (json) {
		begin_json(name, "lost", timestamp);
		json_string("cause", cause);
		json_number("count", count);
		json_number("sequence", sequence);
		end_json();
		return;
	}
	begin_text(name, "lost", timestamp);
	printf(" cause=%s count=%llu sequence=%u", cause, count, sequence);
	end_text();
}

void show_lost(const char *name, const struct faultq_lost_events *lost,
	       bool json)
{
	loss(name, lost_cause_word(lost->cause), lost->sequence, lost->count,
	     lost->timestamp, json);
}

void show_gap(const char *name, const struct faultq_event *next, __u32 count,
	      bool json)
{
	loss(name, "overwritten-or-hardware", next->sequence - 1, count,
	     next->timestamp, json);
}
